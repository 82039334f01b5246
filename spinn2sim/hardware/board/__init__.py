"""Boards: chips with coordinates, the links between them, trees and routes over links, and the plans of all chips."""
