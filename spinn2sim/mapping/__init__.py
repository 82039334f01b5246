"""Network on chip -> plan, as functions: partition, place, keys and routes, transfers, timing; it refuses what does not fit."""
