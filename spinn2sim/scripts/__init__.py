"""Runs networks that scripts describe: their program, the plan that is kept from one run to the next, recordings, losses."""
