"""How people and programs reach illuminas. A package imports those of its own floor and of the floors below.

- ``services``: runs, who may see and start them, and their knowledge; ``viz``: colours, drawings and plots
- ``report``: a run as a document
- ``mcp``: the server for MCP clients; ``web``: the pages
- ``cli``: the command line
"""
