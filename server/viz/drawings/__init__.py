"""Architectures as drawings, SVG by hand: ``drawing`` chooses one, alone or two side by side with their differences.

- ``cell``: a graph; ``layers``: a column of boxes; ``source``: a text; ``svg``: escaped markup
"""
