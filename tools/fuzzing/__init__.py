"""The parts of fuzz_inputs.py: kinds of input, ways to change them, the law that every reader keeps, and the processes that try it."""
