"""The knowledge of a run as people look at it.

Only ``tab``, the panels, ``card`` and ``acts`` know of a browser, so reports and the command line use the rest too.

- ``dossier``: all there is to say of one heuristic; ``witnesses``, ``citations``: the architectures in it
- ``differences``: of two rounds, or of two runs
- ``listing``: which heuristics a list shows, in which order; ``meanings``: which are near in meaning
- ``evidence_figure``, ``growth_figure``, ``timeline_figure``, ``map_figure``: plots for the browser, made of
  ``figures``; ``signs``: how statuses and changes look; ``markdown``: the whole base as a text
- ``tab``: the tab, with ``rules_panel``, ``card``, ``timeline_panel``, ``differences_panel`` and
  ``map_panel``; ``acts``: what people do to a rule; ``table``: a long one
"""
