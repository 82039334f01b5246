"""Traffic without neurons: sends packet lists and synthetic patterns through the network, and replays recorded packets hop by hop."""
