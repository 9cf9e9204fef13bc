"""The report of a run: what was searched, what came of it, what was learned, what it cost, and how to repeat it.

- ``document``: what a report is made of, whatever its format
- ``contents``, ``knowledge``: what stands in one
- ``html``, ``markdown``: the formats; ``writing``: which files make one
"""
