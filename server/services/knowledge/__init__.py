"""The knowledge of a run as people look at it, for pages, reports and the command line alike.

- ``dossier``: everything about one heuristic; ``differences``: of two rounds, or of several runs
- ``listing``: which heuristics a list shows, in which order, and which are near in meaning
"""
