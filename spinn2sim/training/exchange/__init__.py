"""Trained networks as files of other programs: NIR graphs and numpy weights, written and read."""
