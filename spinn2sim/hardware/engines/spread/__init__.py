"""A board's chips spread over processes: shared memory for the states of programs, messages for all else."""
