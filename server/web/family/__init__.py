"""Where every architecture came from.

- ``tab``: the tree and the pair beside it; ``tree_map``: the frame in which the tree is dragged and walked through
- ``lineage``: who came from whom; ``layout``: where each stands; ``members``: what is said of each; ``tree_svg`` draws
  it
- ``pair``: two side by side; ``portrait``: all there is to say of one
"""
