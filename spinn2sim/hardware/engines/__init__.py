"""Engines, which play a plan's schedule on the hardware: one with discrete events, one compiled."""
