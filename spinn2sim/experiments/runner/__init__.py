"""Published experiments by one command each, our values beside the printed ones; it holds no model of its own."""
