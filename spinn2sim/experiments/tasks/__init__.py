"""The tasks of the published experiments: one synapse, Yin-Yang, and MNIST at 16 x 16."""
