"""Traffic without neurons: packet lists and synthetic patterns through the network, and the replay of recorded packets hop by hop."""
