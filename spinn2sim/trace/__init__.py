"""What happened in a run: packets and wakes recorded, tables written to the run directory, and questions about them answered."""
