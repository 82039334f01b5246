"""Runs the command line: python -m spinn2sim."""

from spinn2sim.cli.entry import main

if __name__ == "__main__":
    main()
