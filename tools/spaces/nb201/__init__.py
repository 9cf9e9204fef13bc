"""NAS-Bench-201 (Dong & Yang, ICLR 2020, arXiv 2001.00326).

``cells``: the cells and when two are equal; ``space``: the search space; ``network``: what is built around a cell,
``stack``: many of those as one, ``complexity``: what they cost; ``order``: the benchmarks' numbers of the cells.
"""
