"""A simulator of crashes: what a disk holds after a kill or a loss of power, and whether a command can go on from it."""
