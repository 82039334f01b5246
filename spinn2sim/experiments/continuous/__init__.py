"""Spiking networks in continuous time, event by event: exact crossings and exact adjoints; it knows no time grid and no chip."""
