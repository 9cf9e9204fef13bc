"""The doors: the command line, and MCP for other clients.

- ``cli``: every verb, one ``*_command`` file each; ``doctor``
- ``live``, ``result``, ``plot``, ``output``: what people see
"""
