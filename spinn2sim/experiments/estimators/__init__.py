"""Estimators of gradients from what the host observed of a device, each with its own model of the dynamics."""
