"""The plans of all chips of a board: one network on all of them, or one network over several of them."""
