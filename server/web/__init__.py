"""The web app: one page that lists runs, and one a run, which follows its event log.

- ``site``: mounts the pages beside MCP on one port; ``window``: what the tabs of one open page share
- ``door``: the surface as whoever looks reaches it; ``login``, ``shield``: who gets in, and what no other site may do
- ``runs_page``, with ``runs_list`` and ``beginning``; ``run_page``, with ``status`` and ``progress``; ``theme``
- ``controls``, with ``controls_*``: what can be done with a run; ``chat``, with ``chat_*``: talking to it
- ``tab``: what a tab is; one file each: ``now``, with ``now_*``; ``archive``, with ``archive_*`` and ``cell_map``;
  ``tradeoffs``, with ``tradeoffs_*``; ``family``, with ``family_*``; ``knowledge``, a package; ``diagnostics``, with
  ``diagnostics_*``
- ``compare``, with ``compare_*``: the page of several runs
- ``replay`` and ``filling``: the run as of any round; ``scrubber``: the slider over them
- ``figure``: what plots share, ``plot``: one on a page; ``scales``: axes and colours of what is drawn here
- ``drawings``, with ``drawings_*``: architectures as markup, one or two side by side
"""
