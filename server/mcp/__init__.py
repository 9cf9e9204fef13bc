"""The MCP server: what other programs, the pages and the chat may ask of illuminas and do with it.

- ``server`` builds it from its parts; ``http`` is the web application
- ``reading``, ``knowing`` and ``looking`` are the tools that change nothing; ``acting`` those that do
- ``resources`` and ``prompts`` are what else clients fetch
"""
