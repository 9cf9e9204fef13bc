"""The list of runs: ``page``; ``rows``: one a run; ``beginning``: where a search begins."""
