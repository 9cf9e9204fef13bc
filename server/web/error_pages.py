"""Error pages: words for the person, and a traceback in the server's output only for bugs of ours."""

from __future__ import annotations

import logging

from nicegui import app as pages
from nicegui import ui

from illuminas.server.web.confirm import complain
from illuminas.tools.errors import IlluminasError


def install_error_pages() -> None:
    """Show why a page could not be built; call this once a process."""
    pages.on_page_exception(_show)
    logging.getLogger("nicegui").addFilter(_is_a_mistake)


def tell(error: Exception) -> None:
    """Show on the open page what went wrong after a click, or while following its run."""
    complain(_words(error))


def _show(error: Exception) -> None:
    with ui.column().classes("page"):
        ui.label(_words(error)).classes("wrap").mark("error")
        ui.link("All runs", "/")


def _words(error: Exception) -> str:
    if isinstance(error, IlluminasError):
        return str(error)
    return f"Internal error ({type(error).__name__}); see the server's output. Runs go on as before."


def _is_a_mistake(record: logging.LogRecord) -> bool:
    """Whether a line belongs to the server's output; errors that are raised on purpose are told to the person alone."""
    return not isinstance(record.msg, IlluminasError)
