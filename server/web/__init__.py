"""The web app: one page that lists runs, and one a run, which follows its event log.

- ``site``: mounts the pages beside MCP on one port; ``theme``: the look of all; ``entry``: who gets in, and as whom
- ``runs``: the list, and where searches begin; ``run``: a run's page; ``compare``: the page of several
- ``controls``: what can be done with a run; ``confirm``: the one way to steer; ``chat``: talking to it
- ``tab``: what a tab is, ``page_state``: what the tabs of one open page share; a package each: ``now``, ``archive``,
  ``tradeoffs``, ``family``, ``knowledge``, ``diagnostics``
- ``scrubber``: the slider over the rounds, as of each of which the run's state tells what was so
- ``portrait``: an architecture with its provenance
- ``figure``: what plots share, ``plot``: one on a page; ``scales``: axes and colours of what is drawn here

In a package ``tab``, ``page``, and what they name know of a browser; the rest says what to show and is tested without.
"""
