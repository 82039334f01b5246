"""Files that are whole or not there, and archives of arrays read safely."""
