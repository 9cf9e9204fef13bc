"""Plots of a run: every axis says what it shows, and an SVG fits into any page."""

from __future__ import annotations

import re

import numpy as np
import pytest

from illuminas.memory.runs import RunFolder
from illuminas.server.viz.plots import Panel, Subject, draw, draw_panel, open_subject, svg
from illuminas.server.viz.plots.rendering import INK, MANY, dots


@pytest.fixture(scope="module")
def subject(recorded_run: RunFolder) -> Subject:
    return open_subject(recorded_run)


@pytest.mark.parametrize("panel", Panel)
def test_every_axis_has_a_title(subject: Subject, panel: Panel) -> None:
    axes = draw(subject, panel).axes[0]
    assert axes.get_title(loc="left") or axes.get_title()
    assert axes.get_xlabel()
    assert axes.get_ylabel() or panel is Panel.EVIDENCE  # whose rows are named by the rules


def test_an_interval_is_drawn_from_its_low_to_its_high_end(subject: Subject) -> None:
    axes = draw(subject, Panel.EVIDENCE).axes[0]
    drawn = {tuple(np.round(line.get_xdata(), 6)) for line in axes.lines}
    shown = [h.evidence for h in subject.history.as_of().values() if h.evidence.low is not None]
    assert shown
    for evidence in shown:
        assert evidence.low is not None and evidence.high is not None
        assert (round(evidence.low, 6), round(evidence.high, 6)) in drawn


def test_an_svg_takes_the_colour_of_its_page_and_keeps_the_ids_that_it_refers_to(subject: Subject) -> None:
    text = svg(draw(subject, Panel.NICHES), "one")
    assert text.startswith("<svg") and text.endswith("</svg>")
    assert INK not in text and "currentColor" in text and "<metadata>" not in text
    ids = set(re.findall(r' id="([^"]*)"', text))
    assert ids and ids == set(re.findall(r'(?:href="#|url\(#)([^")]+)', text))
    assert text == svg(draw(subject, Panel.NICHES), "one")
    other = svg(draw(subject, Panel.NICHES), "two")
    assert not ids & set(re.findall(r' id="([^"]*)"', other))


def test_thousands_of_points_are_pixels() -> None:
    assert dots(MANY + 1)["rasterized"] and "rasterized" not in dots(MANY)


def test_a_panel_is_a_picture(recorded_run: RunFolder) -> None:
    assert draw_panel(recorded_run, Panel.LIVES).startswith(b"\x89PNG")
