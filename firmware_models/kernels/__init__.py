"""The arithmetic of the programs, as pure functions on raw integers and arrays."""
