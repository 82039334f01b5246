"""Judges: chip against mirror, mirror against reference cases, gradients against closed forms; it runs no chip itself."""
