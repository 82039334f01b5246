"""Files that are whole or not there, locks on folders, and npz archives read safely."""
