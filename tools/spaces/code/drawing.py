"""A drawing of a layer list for a terminal: a box a layer, and a line for each skip connection."""

from __future__ import annotations

from illuminas.tools.spaces.code.layers import Layers, Linear, Skip, halves
from illuminas.tools.spaces.code.shapes import Channels, channels_along


def draw_layers(layers: Layers) -> str:
    """One box below the other, from the images to the classes, each with the channels and share of the side it puts
    out; the lines at the right carry what a skip connection brings to where it is used."""
    rows = [("images", _images()), *zip([layer.text for layer in layers], _outputs(layers), strict=True)]
    rows.append(("global average pooling, linear to classes", ""))
    if isinstance(layers[-1], Linear):
        rows[-1] = ("linear to classes", "")
    left, right = (max(len(row[column]) for row in rows) for column in (0, 1))
    lanes = lanes_of(layers)
    width = max(lanes.values(), default=-1) + 1
    lines = [f"┌─{'─' * left}─┬─{'─' * right}─┐"]
    for place, (text, output) in enumerate(rows):
        if place:
            lines.append(f"├─{'─' * left}─┼─{'─' * right}─┤{_passing(place, lanes, width)}")
        lines.append(f"│ {text:<{left}} │ {output:<{right}} │{_meeting(place, lanes, width)}")
    lines.append(f"└─{'─' * left}─┴─{'─' * right}─┘")
    return "\n".join(line.rstrip() for line in lines)


def _images() -> str:
    return "channels x side"


def _outputs(layers: Layers) -> list[str]:
    found, halved, flat = [], 0, False
    for layer, channels in zip(layers, channels_along(layers)[1:], strict=True):
        halved += halves(layer)
        flat = flat or isinstance(layer, Linear)
        found.append(_count(channels) if flat else f"{_count(channels)} x {f'1/{2**halved}' if halved else '1'}")
    return found


def _count(channels: Channels) -> str:
    return channels.expression.replace("in_channels", "images")


def lanes_of(layers: Layers) -> dict[tuple[int, int], int]:
    """(row it comes from, row it goes to) of each skip connection -> its line at the right, short ones first."""
    spans = sorted(
        ((place - layer.over, place + 1) for place, layer in enumerate(layers) if isinstance(layer, Skip)),
        key=lambda span: (span[1] - span[0], span),
    )
    lanes: dict[tuple[int, int], int] = {}
    for start, end in spans:
        taken = {lane for (other, last), lane in lanes.items() if start <= last and other <= end}
        lanes[start, end] = next(lane for lane in range(len(spans)) if lane not in taken)
    return lanes


def _passing(row: int, lanes: dict[tuple[int, int], int], width: int) -> str:
    """What stands at the right of the border above a row."""
    signs = [" "] * (2 * width + 1)
    for (start, end), lane in lanes.items():
        if start < row <= end:
            signs[2 * lane + 2] = "│"
    return "".join(signs)


def _meeting(row: int, lanes: dict[tuple[int, int], int], width: int) -> str:
    """What stands at the right of a row: where skip connections pass, begin and end."""
    signs = [" "] * (2 * width + 1)
    for (start, end), lane in lanes.items():
        if start < row < end:
            signs[2 * lane + 2] = "│"
    for (start, end), lane in lanes.items():
        if row in (start, end):
            for column in range(2 * lane + 2):
                signs[column] = "─" if signs[column] == " " else "┼" if signs[column] == "│" else signs[column]
            signs[2 * lane + 2] = "┐" if row == start else "┘"
            if row == end:
                signs[0] = "◀"
    return "".join(signs)
