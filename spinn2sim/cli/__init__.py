"""The command line: a file for each command (NAME_command.py), and what commands share."""
