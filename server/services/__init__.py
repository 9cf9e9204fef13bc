"""What the MCP server, the pages and reports share.

- ``services``: the parts of a server; ``open_run``: one run as its log tells it; ``launcher``, ``starting``: new ones
- ``principals``: who asks; ``auth_middleware``, ``authorization``: what they may; ``audit``: what they did
- ``answers``: what MCP tools return, made by ``reports``, ``niches`` and ``costs``; ``paging``: of long lists
- ``activity``: the story of a run; ``notices``: who is told of news; ``knowledge``: heuristics as people look at them
"""
