"""The devices that run a network in continuous time (ideal, or the simulated hardware), and what each lets the host observe."""
