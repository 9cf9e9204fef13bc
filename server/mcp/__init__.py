"""The MCP surface: what other programs, and the chat, may ask of illuminas and do with it.

- ``surface`` builds the server from its parts; ``services`` is what they work with
- ``principals`` who asks; ``authorization`` what they may, what it costs and what was done
- ``open_run`` one run as its log tells it; ``run_cache`` those that are open
- ``reading``, ``knowing``, ``costs`` and ``looking`` are the tools that change nothing; ``acting`` those that do
- ``answers`` what tools say; ``resources`` and ``prompts`` what else clients fetch; ``notices`` who is told of news
- ``launcher`` starts searches as processes of their own, ``launched`` is what runs there
- ``http`` is the web application
"""
