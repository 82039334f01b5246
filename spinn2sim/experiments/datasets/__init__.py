"""Data sets as labelled spikes in continuous time: MNIST, spoken digits, and the Spiking Heidelberg Digits."""
