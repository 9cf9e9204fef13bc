"""Whether the search works as it should.

- ``tab``: all of it; ``figures``: its plots, made of ``series``
- ``foresight``: predictions against measurements; ``course``, ``clock``: where time went; ``agents``: LLM calls
"""
