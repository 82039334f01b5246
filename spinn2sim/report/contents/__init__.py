"""The numbers behind each figure, aggregated from a run, which `figures/` and `page/` draw."""
