"""The knowledge of a run on its page; what is said there is made by :mod:`illuminas.server.services.knowledge`.

- ``tab``, with ``rules_panel``, ``card``, ``timeline_panel``, ``differences_panel`` and ``map_panel``
- ``acts``: what people do to a rule; ``table``: a long one; ``notebook``: what the panels of one page share
- ``evidence_figure``, ``growth_figure``, ``timeline_figure``, ``map_figure``: plots, made of ``figures``
"""
