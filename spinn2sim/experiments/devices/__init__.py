"""The devices that run a network in the loop (an ideal one, the simulated hardware), and what each lets the host observe."""
