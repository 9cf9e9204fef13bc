"""The web app: one page that lists runs, and one a run, which follows its event log.

- ``site``: mounts the pages beside MCP on one port; ``window``: what the tabs of one open page share
- ``runs_page``, ``run_page``: the pages; ``tab``: what a tab is
- one file a tab: ``now``
- ``drawings``: architectures as markup, one or two side by side
"""
