"""One image file as pixels: scaled by its mode's range, turned upright, over white, stretched to a square.

``1``, ``L``, ``I;16`` (either order of bytes), ``I`` and ``F`` are grey; all else is in colour. What is transparent
shows white. A mode's range becomes 0 to 255: of ``I`` the 16 bits of the files that Pillow reads as it, where the
numbers fit, of ``F`` 0 to 1, to 255 or to 65,535, whichever the numbers fit first.
"""

from __future__ import annotations

import hashlib
import io
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from illuminas.tools.datasets.resize import stretched

_NOT_DECODED = {"BUFR", "EPS", "GRIB", "HDF5", "MPEG", "WMF"}
"""Formats that Pillow knows by name alone, or hands to another program."""
_SIXTEEN = 65_535
_GREY = ("1", "L", "LA", "La", "I", "F", "I;16", "I;16L", "I;16B", "I;16N")
_ORIENTATION = 0x0112
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""EXIF's orientation -> what turns the image upright."""


class Header(NamedTuple):
    """What a file says of its image before it is decoded.

    Attributes:
        size: width and height once it is turned upright, pixels.
        grey: whether its mode has no colour.
    """

    size: tuple[int, int]
    grey: bool


class Decoded(NamedTuple):
    """An image ``(channels, side, side)``, and what was done to it."""

    pixels: NDArray[np.uint8]
    remarks: tuple[str, ...]


class Unreadable(Exception):
    """A file that holds no image; the text says why."""


@cache
def decoded_formats() -> tuple[str, ...]:
    """Formats that Pillow decodes by itself."""
    Image.init()
    return tuple(kind for kind in Image.OPEN if kind not in _NOT_DECODED)


@cache
def image_suffixes() -> frozenset[str]:
    """Their suffixes, in lower case."""
    kinds = decoded_formats()
    return frozenset(suffix for suffix, kind in Image.registered_extensions().items() if kind in kinds)


def header(content: bytes) -> Header:
    """The header of an image file.

    Raises:
        Unreadable: it is damaged, or announces too many pixels.
    """
    try:
        with _opened(content) as image:
            width, height = image.size
            size = (height, width) if _orientation(image) >= 5 else (width, height)
            return Header(size, image.mode in _GREY)
    except Exception as error:  # decoders raise whatever a damaged file leads them to
        raise Unreadable(reason(error)) from error


def decoded(content: bytes, side: int, channels: int) -> Decoded:
    """The image of a file.

    Args:
        side: of the square, pixels.
        channels: 1 for grey, 3 for RGB.

    Raises:
        Unreadable: it is damaged, or announces too many pixels.
    """
    try:
        with _opened(content) as image:
            image.load()
            remarks = _remarks(image)
            flat = _eight_bits(image)
            pixels = np.asarray(stretched(flat.convert("L" if channels == 1 else "RGB"), side))
    except Exception as error:  # decoders raise whatever a damaged file leads them to
        raise Unreadable(reason(error)) from error
    return Decoded(pixels[None] if channels == 1 else np.ascontiguousarray(pixels.transpose(2, 0, 1)), remarks)


def _opened(content: bytes) -> Image.Image:
    if not content:
        raise Unreadable("the file is empty")
    image = Image.open(io.BytesIO(content), formats=decoded_formats())
    most = Image.MAX_IMAGE_PIXELS
    if most is not None and image.width * image.height > most:
        raise Unreadable(f"announces {image.width}x{image.height} pixels, more than {most:,}")
    return image


def _eight_bits(image: Image.Image) -> Image.Image:
    """The image upright, opaque, ``L`` or ``RGB``."""
    turn = _TURNS.get(_orientation(image))
    kind = "L" if image.mode in _GREY else "RGB"
    if image.mode.startswith("I") or image.mode == "F":
        flat = Image.fromarray(_scaled(image))
    elif image.has_transparency_data:
        flat = Image.new("RGBA", image.size, "white")
        flat.alpha_composite((image.convert("LA") if image.mode == "La" else image).convert("RGBA"))
        flat = flat.convert(kind)
    else:
        flat = image.convert(kind)
    return flat if turn is None else flat.transpose(turn)


def _orientation(image: Image.Image) -> int:
    """How EXIF says that the image lies, 1 to 8; 1 where it says nothing that can be read."""
    try:
        found = image.getexif().get(_ORIENTATION, 1)
    except Exception:  # damaged EXIF, of which any part may raise; the image itself may be whole
        return 1
    return found if found in _TURNS else 1


def _scaled(image: Image.Image) -> NDArray[np.uint8]:
    """Numbers of more than eight bits as bytes."""
    values = np.asarray(image).astype(np.float64)
    if not np.isfinite(values).all():
        raise Unreadable("holds NaN or infinity")
    low, high = float(values.min()), float(values.max())
    if image.mode == "F":
        range_ = next((top for top in (1.0, 255.0, float(_SIXTEEN)) if high <= top), high)
    elif image.mode.startswith("I;16"):
        range_ = float(_SIXTEEN)
    else:
        range_ = float(_SIXTEEN) if high <= _SIXTEEN else 2.0**31 - 1
    floor = min(low, 0.0)
    scaled: NDArray[np.uint8] = np.rint((values - floor) * (255 / (range_ - floor))).astype(np.uint8)
    return scaled


def _remarks(image: Image.Image) -> tuple[str, ...]:
    """What is done to the image, in words that follow a number of images."""
    found = []
    if image.has_transparency_data:
        found.append("composited over white")
    elif image.mode not in ("L", "RGB"):
        found.append(f"converted from {image.mode}")
    if _orientation(image) != 1:
        found.append("turned upright")
    return tuple(found)


def reason(error: Exception) -> str:
    """Why a file could not be decoded, short and on one line."""
    if isinstance(error, Unreadable):
        return str(error)
    if isinstance(error, UnidentifiedImageError):
        return "no image that Pillow knows"
    said = " ".join(str(error).split()) or type(error).__name__
    return said if len(said) <= 160 else f"{said[:159]}…"


def digest(content: bytes) -> str:
    """What stands for a file's bytes."""
    return hashlib.blake2b(content, digest_size=20).hexdigest()
