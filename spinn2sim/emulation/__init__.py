"""The firmware in C on an emulated Cortex-M4F: its bits, and its cycles instruction by instruction. Needs the extra `emulation`."""
