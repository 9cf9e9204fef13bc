"""The knowledge of a run as people look at it, for pages, reports and the command line alike.

- ``dossier``: all there is to say of one heuristic; ``witnesses``, ``citations``: the architectures in it
- ``differences``: of two rounds, or of two runs
- ``listing``: which heuristics a list shows, in which order; ``meanings``: which are near in meaning
- ``signs``: how statuses and changes look; ``markdown``: the whole base as a text
"""
