"""Where every architecture came from.

- ``tab``: the tree and the pair beside it; ``tree_map``: the tree, to be dragged and walked through
- ``lineage``: who came from whom, and where each stands
"""
