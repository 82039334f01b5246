"""Maps a network onto the hardware: partition, placement, keys and routes, transfers, groups, timing. What does not fit is refused."""
