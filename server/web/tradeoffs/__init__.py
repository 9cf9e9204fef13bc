"""Accuracy against what it costs.

- ``tab``: plots, brush and table; ``figures``: the plots; ``listing``: the table on the page
- ``costs``: what is traded against; ``trail``: the front round by round; ``table``: rows, sorted, and as CSV
"""
