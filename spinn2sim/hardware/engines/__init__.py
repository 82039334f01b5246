"""Time: an engine plays a plan's schedule on a machine; it never names a program."""
