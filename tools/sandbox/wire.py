"""Messages between processes that do not trust each other: a JSON header, then arrays as raw bytes. No pickle.

A message is the length of its header (8 bytes), the header, and the bytes of its arrays in the order in which the
header lists them, each with its kind of numbers and its shape.
"""

from __future__ import annotations

import json
import math
import socket
import struct
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from illuminas.tools.errors import IlluminasError

Arrays = dict[str, NDArray[Any]]

_LENGTH = struct.Struct("!Q")
_LONGEST_HEADER = 2**22
_KINDS = ("uint8", "float32", "int64")
_MOST_DIMENSIONS = 16
_ARRAYS = "arrays"
_CHUNK = 2**20


class WireError(IlluminasError):
    """Bytes that are no message; the text says what is wrong with them."""


class Message(NamedTuple):
    """What was said: fields of the header, and arrays by name."""

    fields: dict[str, Any]
    arrays: Arrays


def parts(fields: Mapping[str, Any], arrays: Arrays | None = None) -> Iterator[memoryview]:
    """The bytes of a message, piece by piece; arrays are uint8, float32 or int64."""
    arrays = {name: np.asarray(array, order="C") for name, array in (arrays or {}).items()}
    listed = [[name, str(array.dtype), list(array.shape)] for name, array in arrays.items()]
    header = json.dumps({**fields, _ARRAYS: listed}).encode()
    yield memoryview(_LENGTH.pack(len(header)) + header)
    for array in arrays.values():
        yield array.reshape(-1).view(np.uint8).data


def send(connection: socket.socket, fields: Mapping[str, Any], arrays: Arrays | None = None) -> None:
    """Send a message, and wait until it is taken.

    Raises:
        OSError: the other end is closed.
    """
    for part in parts(fields, arrays):
        connection.sendall(part)


class Reader:
    """Takes bytes as they come, and gives messages.

    Args:
        limit: bytes that it takes in all.
    """

    def __init__(self, limit: float = math.inf) -> None:
        self._limit = limit
        self._taken = 0
        self._buffer = bytearray()
        self._header: dict[str, Any] | None = None
        self._arrays: list[tuple[str, str, list[int], int]] = []
        self._needed = _LENGTH.size

    @property
    def between_messages(self) -> bool:
        """Nothing is left over."""
        return not self._buffer and self._header is None

    def feed(self, data: bytes) -> Iterator[Message]:
        """The messages that end in ``data``.

        Raises:
            WireError: the bytes are no message.
        """
        self._taken += len(data)
        if self._taken > self._limit:
            raise WireError(f"more than {self._limit / 2**20:g} MiB")
        self._buffer += data
        while (message := self._next()) is not None:
            yield message

    def _next(self) -> Message | None:
        if self._header is None:
            if len(self._buffer) < _LENGTH.size:
                return None
            (length,) = _LENGTH.unpack_from(self._buffer)
            if length > _LONGEST_HEADER:
                raise WireError(f"a header of {length} bytes, expected at most {_LONGEST_HEADER}")
            if len(self._buffer) < _LENGTH.size + length:
                return None
            self._header = _object(bytes(self._buffer[_LENGTH.size : _LENGTH.size + length]))
            self._arrays = [_described(each) for each in _listed(self._header)]
            self._needed = sum(size for *_, size in self._arrays)
            if self._needed > self._limit:
                raise WireError(f"arrays of {self._needed} bytes, more than {self._limit / 2**20:g} MiB")
            del self._buffer[: _LENGTH.size + length]
        if len(self._buffer) < self._needed:
            return None
        fields, arrays, start = self._header, {}, 0
        for name, kind, shape, size in self._arrays:
            # a slice of a bytearray is a copy, which the array may keep and change
            arrays[name] = np.frombuffer(self._buffer[start : start + size], dtype=kind).reshape(shape)
            start += size
        del self._buffer[: self._needed]
        self._header = None
        return Message(fields, arrays)


def _object(text: bytes) -> dict[str, Any]:
    try:
        found = json.loads(text)
    # what is deeply nested is refused by the depth of the stack
    except (ValueError, RecursionError) as error:
        raise WireError(f"a header that is no JSON: {error}") from None
    if not isinstance(found, dict):
        raise WireError(f"a header that is no JSON object but {type(found).__name__}")
    return found


def _listed(header: dict[str, Any]) -> list[Any]:
    listed = header.pop(_ARRAYS, None)
    if not isinstance(listed, list):
        raise WireError("a header that lists no arrays")
    return listed


def _described(entry: Any) -> tuple[str, str, list[int], int]:
    """Name, kind, shape and bytes of an array."""
    match entry:
        case [str(name), str(kind), list(shape)] if (
            kind in _KINDS
            and len(shape) <= _MOST_DIMENSIONS
            and all(type(length) is int and 0 <= length < 2**40 for length in shape)
        ):
            return name, kind, shape, math.prod(shape) * np.dtype(kind).itemsize
    raise WireError(f"an array that is not described as name, {' or '.join(_KINDS)}, shape: {entry!r:.100}")


def receive(connection: socket.socket) -> Message | None:
    """Wait for one message of a trusted process; None where it hung up before the message's end."""
    reader = Reader()
    while data := connection.recv(_CHUNK):
        for message in reader.feed(data):
            return message
    return None
