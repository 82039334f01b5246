"""Yin-Yang as the experiments train it: the settings of each row of Table 1, and the training itself."""
