"""A simulator of crashes: what a disk holds after a kill or a loss of power at any file operation, and whether a command can go on from it."""
