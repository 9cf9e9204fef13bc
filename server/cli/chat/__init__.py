"""The chat's screens: what the chat agent shows, on a terminal or through pipes.

- ``session`` is one conversation, ``terminal`` and ``pipe`` where its lines come from
- ``screen`` shows replies, ``drawing`` the pictures among them; ``following`` tells what the run does meanwhile
- ``beginning`` finds the run to talk about, or starts one; ``completing`` offers what can be typed
"""
