"""Real troubles of a machine, and the commands that are tried in them."""
