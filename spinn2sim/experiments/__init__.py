"""Experiments of other papers: spike-time and surrogate gradients, ideal and imperfect substrates, training in the loop."""
