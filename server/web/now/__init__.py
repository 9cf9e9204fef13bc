"""What the search does now.

- ``tab``: all of it; ``feed``: line by line, ``why``: what stands behind one
- ``failures``: by stage and reason; ``shares``: the operators'
"""
