from __future__ import annotations

import xml.etree.ElementTree as ET
from itertools import pairwise

import numpy as np
import pytest

from illuminas.server.viz.drawings.column import Row, align
from illuminas.server.viz.drawings.drawing import draw, draw_pair
from illuminas.tools.spaces import NetworkShape, get_space

NB201, CODE = get_space("nb201"), get_space("code")
SHAPE = NetworkShape()
SVG = "{http://www.w3.org/2000/svg}"
SOURCE = """from torch import nn
class Network(nn.Module):
    '''</pre><script>alert(1)</script>'''
    def __init__(self, in_channels: int, image_size: int, classes: int) -> None:
        super().__init__()
    def forward(self, x):
        return x if 1 < 2 else x
"""


def texts(markup: str) -> list[str]:
    return ["".join(each.itertext()) for each in ET.fromstring(markup).iter(f"{SVG}text")]


def faint(markup: str) -> list[str]:
    """What is written in the faint parts of a drawing."""
    found = []
    for group in ET.fromstring(markup).iter(f"{SVG}g"):
        if float(group.get("opacity", 1)) < 1:
            found += ["".join(each.itertext()) for each in group.iter(f"{SVG}text")]
    return found


def test_a_cell_names_the_operation_of_every_edge_and_leaves_dead_ones_faint() -> None:
    cell = NB201.parse("|none~0|+|none~0|nor_conv_3x3~1|+|skip_connect~0|nor_conv_1x1~1|none~2|")
    drawing = draw(NB201, cell, SHAPE)
    assert sorted(set(texts(drawing)) - set("0123")) == ["conv1", "conv3", "input", "output", "skip"]
    assert sorted(faint(drawing)) == ["conv1", "conv3"]


def test_two_cells_say_of_every_edge_that_differs_what_it_was_and_what_it_becomes() -> None:
    before = NB201.from_words("conv3 skip conv1 pool conv3 skip")
    after = NB201.from_words("conv3 conv1 conv3 pool conv3 skip")
    pair = draw_pair(NB201, before, after, SHAPE)
    assert pair.differences == ("edge 0-2: skip became conv1", "edge 1-2: conv1 became conv3")
    assert {"skip, then conv1", "then conv3"} <= set(texts(pair.before))
    assert {"conv1, was skip", "was conv1"} <= set(texts(pair.after))


def test_equal_architectures_have_no_differences_and_no_marks() -> None:
    for space in (NB201, CODE):
        architecture = space.random(np.random.default_rng(3))
        pair = draw_pair(space, architecture, architecture, SHAPE)
        assert pair == (draw(space, architecture, SHAPE), draw(space, architecture, SHAPE), ())


def test_a_network_is_drawn_from_images_to_classes_with_what_leaves_every_layer() -> None:
    network = CODE.from_words("conv3 32 | maxpool | res3 64 /2 | skip 1 | linear 48")
    written = texts(draw(CODE, network, SHAPE))
    assert written == [
        *("images", "3 × 32 × 32", "conv3 32", "32 × 32 × 32", "maxpool", "32 × 16 × 16", "res3 64 /2", "64 × 8 × 8"),
        *("skip 1", "64 × 8 × 8", "linear 48", "48", "linear to classes", "10"),
    ]


def test_every_skip_connection_is_an_arc_of_its_own_lane_where_they_overlap() -> None:
    network = CODE.from_words("conv3 32 | conv3 32 | skip 1 | conv3 32 | skip 3")
    drawing = ET.fromstring(draw(CODE, network, SHAPE))
    arcs = [path.get("d", "") for path in drawing.iter(f"{SVG}path")]
    assert len(arcs) == 2
    assert len({arc.split(" L")[1].split()[0] for arc in arcs}) == 2


def test_equal_layers_of_two_networks_share_a_row_and_changed_ones_face_each_other() -> None:
    before = CODE.picture(CODE.from_words("conv3 32 | maxpool | conv3 64 | dropout 0.2"), SHAPE)
    after = CODE.picture(CODE.from_words("conv3 48 | conv3 64 | dw3 | dropout 0.2"), SHAPE)
    ends = Row(0, 0), Row(5, 5)
    assert align(before, after) == [ends[0], Row(1, 1), Row(2, None), Row(3, 2), Row(None, 3), Row(4, 4), ends[1]]


def test_two_networks_mark_what_came_went_and_changed_with_signs_and_in_words() -> None:
    before = CODE.from_words("conv3 32 | maxpool | conv3 64 | dropout 0.2")
    after = CODE.from_words("conv3 48 | conv3 64 | dw3 | dropout 0.2")
    pair = draw_pair(CODE, before, after, SHAPE)
    assert pair.differences == (
        "layer 1: conv3 32 became conv3 48",
        "maxpool, layer 2 before, was taken out",
        "layer 3, dw3, was put in",
    )
    assert {"≠", "−"} <= set(texts(pair.before)) and "+" not in texts(pair.before)
    assert {"≠", "+"} <= set(texts(pair.after)) and "−" not in texts(pair.after)


def test_rows_of_an_alignment_keep_the_order_of_both_lists_and_lose_no_layer() -> None:
    rng = np.random.default_rng(0)
    for _ in range(200):
        pictures = [CODE.picture(CODE.random(rng), SHAPE) for _ in range(2)]
        rows = align(pictures[0], pictures[1])
        for side, picture in enumerate(pictures):
            places = [row[side] for row in rows if row[side] is not None]
            assert places == list(range(len(picture.nodes)))
        assert all(row != (None, None) for row in rows)


@pytest.mark.parametrize("name", ["nb201", "code"])
def test_drawings_of_chance_architectures_are_well_formed_and_lie_inside_their_frame(name: str) -> None:
    space, rng = get_space(name), np.random.default_rng(1)
    drawn = [space.random(rng) for _ in range(40)]
    for before, after in pairwise(drawn):
        for markup in draw_pair(space, before, after, SHAPE)[:2]:
            root = ET.fromstring(markup)
            width, height = map(float, root.get("viewBox", "").split()[2:])
            for text in root.iter(f"{SVG}text"):
                assert 0 <= float(text.get("x", -1)) <= width
                assert 10 <= float(text.get("y", -1)) <= height


def test_free_source_is_shown_as_text_and_never_as_markup() -> None:
    drawing = draw(CODE, CODE.parse(SOURCE), SHAPE)
    assert "<script" not in drawing and "&lt;script&gt;" in drawing
    assert "".join(ET.fromstring(drawing).itertext()) == SOURCE.strip()


def test_two_sources_mark_the_lines_that_only_one_has() -> None:
    pair = draw_pair(CODE, CODE.parse(SOURCE), CODE.parse(SOURCE.replace("1 < 2", "3 < 4")), SHAPE)
    assert pair.differences == ("lines that came: 1, that went: 1",)
    marked = "".join(ET.fromstring(pair.after).itertext()).splitlines()
    assert [line for line in marked if line.startswith("+")] == ["+         return x if 3 < 4 else x"]
    assert "− " in "".join(ET.fromstring(pair.before).itertext())


def test_a_layer_list_beside_free_source_is_shown_as_the_source_that_it_compiles_to() -> None:
    pair = draw_pair(CODE, CODE.from_words("conv3 32"), CODE.parse(SOURCE), SHAPE)
    assert "class Network" in "".join(ET.fromstring(pair.before).itertext())


def test_a_network_that_does_not_fit_the_images_is_drawn_without_sizes() -> None:
    network = CODE.from_words("maxpool | maxpool | maxpool | conv3 8")
    assert "8 × 1 × 1" in texts(draw(CODE, network, NetworkShape(image_size=8)))
    assert "conv3 8" in texts(draw(CODE, network, NetworkShape(image_size=4)))
