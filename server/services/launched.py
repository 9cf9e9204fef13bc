"""Entry point of a search process that a client started: ``python -m illuminas.server.services.launched ORDER``."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

from illuminas.server.services.launcher import Order
from illuminas.tools.errors import IlluminasError


def main(path: Path) -> None:
    """Carry out the order in a file; SIGTERM and SIGINT finish what is in flight."""
    from illuminas.agents.search import Search

    order = Order.model_validate_json(path.read_bytes())
    if order.config is None:
        search = Search(resume=order.folder, caps=order.caps)
    else:
        search = Search(order.config, place=order.folder)
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: search.stop())
    search.run()


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1]))
    except IlluminasError as error:
        sys.exit(f"illuminas: {error}")
