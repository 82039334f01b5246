"""Traffic without neurons: packet lists and synthetic patterns through the network, and one packet's way hop by hop."""
