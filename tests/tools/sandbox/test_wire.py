"""Messages arrive as they were sent, in whatever pieces; what is none is refused before it costs anything."""

from __future__ import annotations

import json

import numpy as np
import pytest

from illuminas.tools.sandbox import wire

ARRAYS: wire.Arrays = {
    "a": np.arange(6, dtype=np.float32).reshape(2, 3).T,
    "scalar": np.array(7, dtype=np.int64),
    "empty": np.zeros((0, 3), dtype=np.float32),
}


def framed(header: bytes) -> bytes:
    return len(header).to_bytes(8, "big") + header


@pytest.mark.parametrize("size", [1, 7, 10_000])
def test_messages_arrive_whole_in_whatever_pieces(size: int) -> None:
    sent = b"".join([*wire.parts({"n": 1}, ARRAYS), *wire.parts({"n": 2})])
    reader = wire.Reader()
    heard = [message for start in range(0, len(sent), size) for message in reader.feed(sent[start : start + size])]
    assert [message.fields for message in heard] == [{"n": 1}, {"n": 2}]
    assert reader.between_messages
    for name, array in ARRAYS.items():
        got = heard[0].arrays[name]
        assert got.dtype == array.dtype
        assert got.shape == array.shape
        assert (got == array).all()
        assert got.flags.writeable


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"\xff" * 8, "a header of"),
        (framed(b"no"), "no JSON"),
        (framed(b"[" * 100_000), "no JSON"),
        (framed(b"[]"), "no JSON object"),
        (framed(b"{}"), "lists no arrays"),
        (framed(b'{"arrays": [["a", "object", [1]]]}'), "not described"),
        (framed(b'{"arrays": [["a", "float32", [-1]]]}'), "not described"),
        (framed(b'{"arrays": [["a", "float32", [true]]]}'), "not described"),
        (framed(json.dumps({"arrays": [["a", "float32", [2] * 99]]}).encode()), "not described"),
        (framed(b'{"arrays": [["a", "float32", [1000000]]]}'), "arrays of 4000000 bytes"),
        (bytes(3000), "more than"),
    ],
)
def test_what_is_no_message_is_refused(data: bytes, said: str) -> None:
    limit = 2500 if data == bytes(3000) else 200_000
    with pytest.raises(wire.WireError, match=said):
        list(wire.Reader(limit).feed(data))
