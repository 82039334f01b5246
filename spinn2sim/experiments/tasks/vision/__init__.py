"""MNIST at 16 x 16 in continuous time, as the experiments train it."""
