"""Vocabulary of the whole house: frozen data and unit conversions; it never acts."""
