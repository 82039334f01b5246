"""Building the firmware, checking it, and counting its cycles, for tools/firmware.py."""
