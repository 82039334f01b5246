"""Estimators of gradients from what a device let the host observe, each with its own model of the dynamics."""
