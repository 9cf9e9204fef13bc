"""Plots of a run, drawn by matplotlib for reports, papers and MCP clients. In Python::

    from illuminas.memory.runs import find_run
    from illuminas.server.viz.plots import Panel, draw, open_subject

    draw(open_subject(find_run("last")), Panel.EVIDENCE).savefig("evidence.pdf")

- ``panels``: what can be drawn; it and ``run`` draw on axes of yours too
- ``rendering``: how a figure becomes a file
"""

from illuminas.server.viz.plots.panels import Panel, Subject, draw, draw_panel, open_subject, plot_result
from illuminas.server.viz.plots.rendering import png, svg

__all__ = ["Panel", "Subject", "draw", "draw_panel", "open_subject", "plot_result", "png", "svg"]
