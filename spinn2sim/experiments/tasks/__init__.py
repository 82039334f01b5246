"""What the published experiments share: the single synapse, Yin-Yang, and the vision task."""
