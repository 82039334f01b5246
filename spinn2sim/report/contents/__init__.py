"""The numbers behind each figure, aggregated from a run; `figures/` and `page/` draw them."""
