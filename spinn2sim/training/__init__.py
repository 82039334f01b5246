"""Trainers on hardware and mirror, the epoch loop, scores, hyper-parameter search, and exchange with other programs."""
