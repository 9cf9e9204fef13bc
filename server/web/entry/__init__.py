"""Who gets in, and what they may do here.

- ``login``: a token becomes a session; ``shield``: what no other site may do; ``sockets``: whose page
  one may act on
- ``client``: the MCP client of a page
"""
