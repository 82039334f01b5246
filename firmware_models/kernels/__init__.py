"""Pure functions on raw integers and arrays: the arithmetic of the programs."""
