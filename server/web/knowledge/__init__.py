"""The knowledge of a run on its page; what is said there is made by :mod:`illuminas.server.services.knowledge`.

- ``tab``, with ``rules_panel``, ``card``, ``timeline_panel``, ``differences_panel`` and ``map_panel``
- ``table``: a long one; ``notebook``: what the panels of one page share; ``figures``: their plots
"""
