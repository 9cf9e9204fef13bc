"""What a page says of an error that nothing on it expected: words for the person, a traceback only of our mistakes."""

from __future__ import annotations

import logging

from nicegui import app as pages
from nicegui import ui

from illuminas.server.web.confirm import complain
from illuminas.tools.errors import IlluminasError


def tell_of_mishaps() -> None:
    """Have every page that can't be built say why; call it once a process."""
    pages.on_page_exception(_show)
    logging.getLogger("nicegui").addFilter(_is_a_mistake)


def tell(error: Exception) -> None:
    """Say on the open page what went wrong after a click, or while it followed its run."""
    complain(_words(error))


def _show(error: Exception) -> None:
    with ui.column().classes("page"):
        ui.label(_words(error)).classes("wrap").mark("error")
        ui.link("All runs", "/")


def _words(error: Exception) -> str:
    if isinstance(error, IlluminasError):
        return str(error)
    return f"The server made a mistake ({type(error).__name__}); its output tells more. Runs go on as before."


def _is_a_mistake(record: logging.LogRecord) -> bool:
    """Whether a line belongs to the server's output; errors that are raised on purpose are told to the person alone."""
    return not isinstance(record.msg, IlluminasError)
