"""The arithmetic of a PE as pure functions on integers and arrays: neurons, adjoints, losses, the optimizer."""
