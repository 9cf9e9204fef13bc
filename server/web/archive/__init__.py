"""The archive as of any round.

- ``tab``: the heatmap and what lies around it; ``cell_map``: the heatmap as an element; ``details``: of a clicked cell
- ``plan``: where every niche lies; ``lens``: other niches than the run's own; ``cells``: state and colour of each
- ``card``: what is told of one; ``doubt``: the surrogate's; ``figures``: coverage and QD score
"""
