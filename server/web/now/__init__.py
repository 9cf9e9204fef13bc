"""What the search does now.

- ``tab``: all of it; ``feed``: line by line, with what stands behind each
- ``failures``: by stage and reason; ``shares``: the operators'
"""
