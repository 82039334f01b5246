"""Gradients from what a device showed, each estimator with its own idea of the dynamics; none sees more than the type it declares."""
