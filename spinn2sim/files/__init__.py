"""Writes files as a whole or not at all, locks folders, and reads npz archives safely."""
