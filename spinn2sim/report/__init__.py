"""What a person looks at after a run: figures, a page, one packet's history, two runs compared.

Figures are drawn twice from the numbers in `contents/`. `figures/` is for print and notebooks: files in PNG or SVG, made with matplotlib,
that can stand in a paper. `page/` is for the browser: one HTML file, made with Bokeh, whose plots answer to the mouse and which shows any
tick and any of a few samples. One library for both would give either figures that are no vector graphics or a page that does not move.
"""
