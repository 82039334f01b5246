"""One HTML page that shows a run in a browser, with everything it needs inside, so that it opens without a network."""
