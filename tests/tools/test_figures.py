"""Figures as people write them."""

from __future__ import annotations

import pytest

from illuminas.tools.figures import read_duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90", 90),
        ("90s", 90),
        ("1.5", 1.5),
        ("30m", 1800),
        ("30 min", 1800),
        ("1h", 3600),
        ("1h30m", 5400),
        ("2H", 7200),
    ],
)
def test_a_duration_is_read_as_people_write_it(text: str, seconds: float) -> None:
    assert read_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "soon", "30x", "-5", "m", "1e3h", "inf"])
def test_what_is_no_duration_is_refused_with_examples(text: str) -> None:
    with pytest.raises(ValueError, match="30m or 1h30m"):
        read_duration(text)
