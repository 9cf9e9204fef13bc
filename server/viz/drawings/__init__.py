"""Architectures as drawings, made of a space's picture: ``drawing`` draws one, or two with their differences.

- ``graph``: operations on edges, nodes in a row; ``column``: operations in boxes, one below the other; both as SVG,
  whose markup ``svg`` escapes; ``terminal``: both as text
- ``source``: free source as its text
"""
