"""Models in and out: NIR graphs and numpy weights; it trains nothing."""
