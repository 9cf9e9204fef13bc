"""Which files make a report."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

from illuminas.memory.knowledge_history import KnowledgeHistory
from illuminas.memory.run import Run
from illuminas.memory.runs import RunFolder
from illuminas.server.report.contents import contents
from illuminas.server.report.document import Plot
from illuminas.server.report.html import to_html
from illuminas.server.report.markdown import to_markdown
from illuminas.server.viz.plots import Panel, Subject, draw, png, svg
from illuminas.tools.paths import write_file


class Format(StrEnum):
    """What a report is written as."""

    HTML = "html"
    """One file that needs nothing else."""
    MD = "md"
    """A text, and the plots beside it."""
    PNG = "png"
    """The plots alone."""


def write_report(folder: RunFolder, form: Format, out: Path | None = None) -> list[Path]:
    """Write the report of a run as it stands.

    Args:
        out: the file, or for PNG the folder; default: ``report.html``, ``report.md`` or ``plots`` in the run's folder.

    Returns:
        The files, the report first.

    Raises:
        IlluminasError: the run has no log, or the place can't be written to.
    """
    run, history = Run(folder).refresh(), KnowledgeHistory()
    try:
        history.extend(run.log.read())
        document = contents(run, history)
    finally:
        run.close()
    subject = Subject(run.id, run.state, history)
    panels = [part.panel for section in document.sections for part in section.parts if isinstance(part, Plot)]
    if form is Format.HTML:
        page = to_html(document, lambda panel: svg(draw(subject, panel), panel.value))
        return [write_file(out or folder.path / "report.html", page.encode())]
    place = (out or folder.path / "plots") if form is Format.PNG else (out or folder.path / "report.md")
    plots = place if form is Format.PNG else place.with_name(f"{place.stem}-plots")
    pictures = {panel: plots / f"{panel}.png" for panel in panels or [Panel.PROGRESS]}
    drawn = [write_file(path, png(draw(subject, panel))) for panel, path in pictures.items()]
    if form is Format.PNG:
        return drawn
    links = {panel: f"{plots.name}/{path.name}" for panel, path in pictures.items()}
    return [write_file(place, to_markdown(document, links).encode()), *drawn]
