"""Records packets and wakes of a run, writes tables to the run directory, and answers questions about them."""
