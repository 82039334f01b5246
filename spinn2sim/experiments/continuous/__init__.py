"""Spiking networks in continuous time, simulated event by event, with exact threshold crossings and exact adjoints."""
