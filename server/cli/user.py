"""Who sits at the command line."""

from __future__ import annotations


def user_name() -> str:
    """The user's name, as it can stand beside a directive."""
    import getpass
    import re

    try:
        return re.sub(r"[^\w.@-]", "_", getpass.getuser())[:64] or "user"
    except (OSError, KeyError):  # no name in the environment, and none for the user's number
        return "user"
