"""What rounding the input times leaves of Yin-Yang: the accuracy of the best possible classifier of rounded inputs; it trains nothing.

    python tools/rounding_ceiling.py --dt 1 --span 30
    python tools/rounding_ceiling.py --dt 1 --span 30 --split 40    # of the 1,000 samples of that seed

Classes are equally likely, points uniform within a class. x and y become round(span (1 - value) / dt); 1 - x and 1 - y are rounded too
and say nothing more but where a half falls. The best answer to a cell is its most likely class.
"""

from __future__ import annotations

import argparse

import numpy as np

from spinn2sim.scenario.data.yinyang import class_of, generate

POINTS = 1500  # a side of the grid over the disc


def cells(points: np.ndarray, dt: float, span: float) -> np.ndarray:
    """A number for each rounded (x, y, 1 - x, 1 - y); points (n, 2)."""
    values = np.hstack([points, 1 - points])
    steps = np.rint(span * (1 - values) / dt).astype(np.int64)
    return np.unique(steps, axis=0, return_inverse=True)[1].reshape(-1)


def disc() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Points of a fine grid, their classes and weights: each class weighs a third."""
    axis = (np.arange(POINTS) + 0.5) / POINTS
    points = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
    points = points[np.hypot(*(points - 0.5).T) <= 0.5]
    classes = np.array([class_of(x, y) for x, y in points.tolist()])
    return points, classes, 1 / (3 * np.bincount(classes)[classes])


def main() -> None:
    """Print the share in percent."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dt", type=float, default=1.0, help="ms per step")
    parser.add_argument("--span", type=float, default=30.0, help="ms from the earliest to the latest input")
    parser.add_argument("--split", type=int, help="seed of a split of 1,000 samples, answered as is best on average")
    asked = parser.parse_args()
    points, classes, weights = disc()
    if asked.split is not None:
        values, labels = generate(1000, asked.split)
        points, classes = np.vstack([points, values[:, :2]]), np.concatenate([classes, labels])
        weights = np.concatenate([weights, np.zeros(1000)])
    cell = cells(points, asked.dt, asked.span)
    likely = np.zeros((cell.max() + 1, 3))
    np.add.at(likely, (cell, classes), weights)
    if asked.split is None:
        share = likely.max(axis=1).sum()
    else:
        share = (likely[cell[-1000:]].argmax(axis=1) == classes[-1000:]).mean()
    print(f"{100 * share:.2f} %")


if __name__ == "__main__":
    main()
