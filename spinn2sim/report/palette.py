"""Colours that colour-blind readers can tell apart (Okabe and Ito, 2008), and what each stands for in figures and on the page."""

from __future__ import annotations

BLACK, ORANGE, SKY, GREEN = "#000000", "#E69F00", "#56B4E9", "#009E73"
YELLOW, BLUE, VERMILION, PURPLE = "#F0E442", "#0072B2", "#D55E00", "#CC79A7"
GREY, PALE = "#888888", "#E8E8E8"
INK, PAPER, GRID, RULE = "#222222", "#FFFFFF", "#EEEEEE", "#BBBBBB"
# By part of an epoch, by kind of packet, by class of Yin-Yang; SERIES are the colours of curves in order.
PART = {"train": ORANGE, "test": BLUE, "validation": GREEN}
KIND = {"spike": BLUE, "error": VERMILION, "guard": PURPLE, "dma": GREEN, "sum": ORANGE}
CLASS = (ORANGE, BLUE, GREEN)
SERIES = (BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY, BLACK, YELLOW, GREY)
# What the page shows in place of these where the reader's system is dark: the same hues, light enough on a dark ground.
DARK = {
    BLACK: "#F4F4F4", INK: "#D5DAE0", PAPER: "#15181C", GRID: "#2B3036", RULE: "#545B63", GREY: "#9AA1A9", PALE: "#2F353C",
    BLUE: "#4AA8E8", VERMILION: "#F07F3C", GREEN: "#2CC295", PURPLE: "#DB95B8", ORANGE: ORANGE, SKY: "#8CCBF0", YELLOW: YELLOW,
}  # fmt: skip
