"""The command line: one file for each command (NAME_command.py), and what the commands share."""
