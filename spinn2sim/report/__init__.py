"""What a person looks at after a run: figures, a page, one packet's history, a comparison of two runs.

Figures are drawn twice from the numbers in `contents/`. `figures/` is for print and notebooks: files in PNG or SVG, made with matplotlib,
that can be used in a paper. `page/` is for the browser: one HTML file, made with Bokeh, with interactive plots that show any tick and any
of a few samples. With one library for both, either the figures would not be vector graphics or the page would not be interactive.
"""
