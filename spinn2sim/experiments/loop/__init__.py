"""Training in the loop: a device runs forward, the host estimates gradients from what it observed and writes weights back."""
