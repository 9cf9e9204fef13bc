"""Two runs or more beside each other.

- ``page``: all of it; ``side``: one of the runs; ``figures``: a run looks the same in every plot
- ``course``: how each got better; ``archives``: niche by niche; ``knowledge``: what they share and dispute
"""
