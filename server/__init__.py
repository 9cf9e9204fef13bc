"""The doors: the command line, and MCP for other clients.

- ``cli``: every verb, one ``*_command`` file each; ``doctor``
- ``live``, ``result``, ``output``: what people see; ``plots``, ``report``: of a run as a whole; ``palette``: colours,
  ``operators``: what they are called
- ``knowledge``, ``drawings``: what pages and reports say of heuristics and show of architectures; ``web``: the pages
"""
