"""Two runs or more beside each other.

- ``page``: all of it; ``side``: one of the runs, and how it got better; ``archives``: niche by niche
- ``figures``: a run looks the same in every plot
"""
