"""Makes the HTML page that shows a run in a browser. The page contains everything it needs, so that it opens without a network."""
