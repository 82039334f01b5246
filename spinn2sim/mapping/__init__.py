"""From a network to a plan: partition, place, keys and routes, transfers, groups, timing; what does not fit is refused."""
