"""NAS-Bench-201 (Dong & Yang, ICLR 2020, arXiv 2001.00326).

``cells``: the cells, when two are equal, what they cost, and the benchmarks' numbers of them; ``space``: the search
space; ``network``: what is built around a cell, and many of those as one.
"""
