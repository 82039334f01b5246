/* Convolutions of scripts: a PE holds the kernels of its channels once, and finds the targets of a spike by its pixel. */
#include "script.h"

/* The fields of a convolution: the source image and the windows over which it is summed, and the sums; frame and steps; kernel; the target
   image; the channels of the PE, and where its weights [source channel, channel of the PE, row, column] begin. */
enum {
    HEIGHT, WIDTH, POOL_DOWN, POOL_ACROSS, POOLED_HEIGHT, POOLED_WIDTH, PAD_TOP, PAD_LEFT, STRIDE_DOWN, STRIDE_ACROSS,
    KERNEL_HEIGHT, KERNEL_WIDTH, OUT_HEIGHT, OUT_WIDTH, FIRST_CHANNEL, CHANNELS, FIRST_WEIGHT, CONVOLUTION_FIELDS
};

/* What is the same for all targets of a pixel. */
typedef struct {
    int32_t *slot;     /* [SIGNS, n], the ring's slot of this tick */
    int32_t size, before; /* of the PE; the place of its first channel's first pixel among its neurons */
    int32_t channels, kernel_words, image_words;
} targets;

/* Add the weight of each channel of the PE to its neuron at a pixel, if the PE has it. */
static void add_channels(const targets *to, const int8_t *weight, int32_t pixel)
{
    int32_t j = to->before + pixel;
    for (int32_t channel = 0; channel < to->channels; channel++, weight += to->kernel_words, j += to->image_words) {
        if ((uint32_t)j >= (uint32_t)to->size)
            continue;
        if (*weight < 0)
            to->slot[to->size + j] -= *weight;
        else
            to->slot[j] += *weight;
    }
}

/* Step through the kernel's rows and columns that reach a target, from the first: the target is one less with each stride. */
static void add_kernel(const targets *to, const int64_t *f, const int8_t *weights, int32_t down, int32_t across)
{
    const int32_t stride_down = (int32_t)f[STRIDE_DOWN], stride_across = (int32_t)f[STRIDE_ACROSS];
    const int32_t height = (int32_t)f[KERNEL_HEIGHT], width = (int32_t)f[KERNEL_WIDTH];
    const int32_t out_height = (int32_t)f[OUT_HEIGHT], out_width = (int32_t)f[OUT_WIDTH];
    const int32_t last_y = down / stride_down, last_x = across / stride_across;
    const int32_t first_i = down - last_y * stride_down, first_j = across - last_x * stride_across;
    for (int32_t i = first_i, y = last_y; i < height && y >= 0; i += stride_down, y--) {
        if (y >= out_height)
            continue;
        for (int32_t j = first_j, x = last_x; j < width && x >= 0; j += stride_across, x--)
            if (x < out_width)
                add_channels(to, weights + i * width + j, y * out_width + x);
    }
}

void add_windows(const script *s, int32_t number, int32_t source, int32_t step)
{
    const int64_t *f = s->convolution + number * CONVOLUTION_FIELDS;
    const int32_t width = (int32_t)f[WIDTH], image = (int32_t)f[HEIGHT] * width;
    const int32_t channel = source / image, pixel = source - channel * image, row = pixel / width, column = pixel - row * width;
    const int32_t y = row / (int32_t)f[POOL_DOWN], x = column / (int32_t)f[POOL_ACROSS];
    if (y >= (int32_t)f[POOLED_HEIGHT] || x >= (int32_t)f[POOLED_WIDTH])
        return;
    const int32_t out = (int32_t)f[OUT_HEIGHT] * (int32_t)f[OUT_WIDTH], words = (int32_t)f[KERNEL_HEIGHT] * (int32_t)f[KERNEL_WIDTH];
    const targets to = {
        .slot = s->ring + (step & SLOT_MASK) * SIGNS * s->size,
        .size = s->size,
        .before = (int32_t)f[FIRST_CHANNEL] * out - s->first,
        .channels = (int32_t)f[CHANNELS],
        .kernel_words = words,
        .image_words = out,
    };
    const int8_t *weights = s->kernel + (int32_t)f[FIRST_WEIGHT] + channel * to.channels * words;
    add_kernel(&to, f, weights, y + (int32_t)f[PAD_TOP], x + (int32_t)f[PAD_LEFT]);
}
