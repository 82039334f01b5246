"""Yin-Yang in continuous time, as the experiments train it: rows of settings and one way to run them."""
