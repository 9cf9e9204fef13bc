"""Figures as people read them."""

from __future__ import annotations

import re

_DURATION = re.compile(r"(?:(\d+(?:\.\d+)?)h)?(?:(\d+(?:\.\d+)?)m(?:in)?)?(?:(\d+(?:\.\d+)?)s?)?")


def number(value: float | None, form: str = ".2f") -> str:
    """The number, or a dash."""
    return "–" if value is None else format(value, form)


def duration(seconds: float) -> str:
    """``47 s``, ``3 min 05 s``, ``2 h 10 min``."""
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02d} min"


def read_duration(text: str) -> float:
    """Seconds of ``90``, ``90s``, ``30m``, ``1.5h`` or ``1h30m``.

    Raises:
        ValueError: another form.
    """
    match = _DURATION.fullmatch(re.sub(r"\s", "", text.lower()))
    if match is None or not any(match.groups()):
        raise ValueError(f"expected a duration such as 90s, 30m or 1h30m, got {text!r}.")
    hours, minutes, seconds = (float(each or 0) for each in match.groups())
    return 3600 * hours + 60 * minutes + seconds


def big(value: float) -> str:
    """A count in thousands or millions: ``73.3 k``, ``1.53 M``."""
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= size:
            return f"{value / size:.3g} {letter}"
    return f"{value:.0f}"


def several(count: int, noun: str) -> str:
    """``1 evaluation``, ``2 evaluations``."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def dollars(cost: float | None) -> str:
    """What LLMs cost, as the end of a sentence: nothing for those that cost nothing."""
    if cost is None:
        return ", cost unknown (see illuminas models prices)"
    return f", ${cost:.2f}" if cost >= 0.005 else f", ${cost:.2g}" if cost else ""
