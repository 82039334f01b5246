"""One HTML page that shows a run, with all it needs inside; it fetches nothing."""
