"""Engines, which play a plan's schedule on the hardware: in discrete events, or compiled."""
