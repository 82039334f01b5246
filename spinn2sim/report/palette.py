"""Colours that colour-blind readers can tell apart (Okabe and Ito, 2008), and what each stands for in figures and on the page."""

from __future__ import annotations

BLACK, ORANGE, SKY, GREEN = "#000000", "#E69F00", "#56B4E9", "#009E73"
YELLOW, BLUE, VERMILION, PURPLE = "#F0E442", "#0072B2", "#D55E00", "#CC79A7"
GREY, PALE = "#888888", "#E8E8E8"
# By part of an epoch, by kind of packet, by class of Yin-Yang; SERIES are the colours of curves in order.
PART = {"train": ORANGE, "test": BLUE, "validation": GREEN}
KIND = {"spike": BLUE, "error": VERMILION, "guard": PURPLE, "dma": GREEN}
CLASS = (ORANGE, BLUE, GREEN)
SERIES = (BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY, BLACK, YELLOW, GREY)
