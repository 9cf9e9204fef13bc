"""Whether the search works as it should.

- ``tab``: all of it; ``figures``: its plots
- ``foresight``: predictions against measurements; ``course``, ``clock``: where time went, and what LLM calls took
"""
