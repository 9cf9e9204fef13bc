"""The archive as of any round.

- ``tab``: the map of niches and what lies around it; ``cell_map``: the map as an element; ``card``: a clicked cell
- ``plan``: where every niche lies; ``lens``: other niches than the run's own; ``cells``: state and colour of each
- ``surrogate_uncertainty``: of each niche; ``figures``: coverage and QD score
"""
