"""Folders of images as people have them."""

from __future__ import annotations

import json
import os
import re
import shutil
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from illuminas.tools.datasets import Dataset, load_dataset
from illuminas.tools.errors import IlluminasError

RNG = np.random.default_rng(0)
SIDE = 16


def pixels(index: int, *, side: int = SIDE, height: int | None = None) -> np.ndarray:
    """Noise, another for each index, as a photo's pixels."""
    return np.random.default_rng(index).integers(0, 256, (height or side, side, 3), dtype=np.uint8)


def photo_folder(root: Path, *, classes: tuple[str, ...] = ("cat", "dog"), count: int = 10) -> Path:
    for number, name in enumerate(classes):
        (root / name).mkdir(parents=True)
        for index in range(count):
            Image.fromarray(pixels(100 * number + index)).save(root / name / f"{index}.png")
    return root


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def with_chunk(png: Path, inserted: bytes) -> bytes:
    """A PNG with something after its header."""
    content = png.read_bytes()
    return content[:33] + inserted + content[33:]


def everything(dataset: Dataset) -> set[bytes]:
    return {image.tobytes() for split in (dataset.train, dataset.val, dataset.test) for image in split.x}


# what is an image, and of which class


def test_a_folder_a_class_is_read_with_class_names_as_labels(tmp_path: Path) -> None:
    dataset = load_dataset(photo_folder(tmp_path / "pets"))
    assert dataset.labels == ("cat", "dog")
    assert dataset.train.x.dtype == np.uint8 and dataset.train.x.shape == (12, 3, SIDE, SIDE)
    assert [len(split.y) for split in (dataset.train, dataset.val, dataset.test)] == [12, 4, 4]
    assert everything(dataset) == {pixels(i).transpose(2, 0, 1).tobytes() for i in (*range(10), *range(100, 110))}
    cat = next(split.x[row] for split in [dataset.train] for row in np.flatnonzero(split.y == 0))
    assert cat.tobytes() in {pixels(index).transpose(2, 0, 1).tobytes() for index in range(10)}
    assert dataset.found.line == "20 images (2 classes: 10 cat, 10 dog), 16x16 RGB"
    assert dataset.changes.flip and dataset.changes.colour > 0


def test_classes_that_are_numbers_are_in_their_order_and_not_mirrored(tmp_path: Path) -> None:
    dataset = load_dataset(photo_folder(tmp_path / "digits", classes=("10", "9", "1")))
    assert dataset.labels == ("1", "9", "10")
    assert not dataset.changes.flip


@pytest.mark.parametrize(
    "hidden",
    [
        ".ipynb_checkpoints/cat0.png",
        "cat/.ipynb_checkpoints/0.png",
        "__MACOSX/cat/._0.png",
        "cat/._0.png",
        "cat/Thumbs.db",
        "cat/desktop.ini",
        ".DS_Store",
        ".git/cat/0.png",
    ],
)
def test_hidden_files_and_what_systems_leave_behind_are_no_images(tmp_path: Path, hidden: str) -> None:
    plain = load_dataset(photo_folder(tmp_path / "pets"))
    path = tmp_path / "pets" / hidden
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"nothing that can be read")
    dataset = load_dataset(tmp_path / "pets")
    assert (dataset.labels, dataset.found) == (plain.labels, plain.found)
    assert dataset.fingerprint == plain.fingerprint


def test_deeper_folders_belong_to_the_first(tmp_path: Path) -> None:
    root = photo_folder(tmp_path / "pets", classes=("cat", "dog", "fox"))
    shutil.move(root / "fox", tmp_path / "moved")
    (root / "fox" / "2024").mkdir(parents=True)
    shutil.move(tmp_path / "moved", root / "fox" / "2024" / "May")
    assert load_dataset(root).found.counts == {"cat": 10, "dog": 10, "fox": 10}


@pytest.mark.parametrize("suffix", ["jfif", "jpe", "JPG", "webp", "bmp", "tif", "gif", "ppm", "tga"])
def test_every_suffix_that_pillow_reads_is_an_image(tmp_path: Path, suffix: str) -> None:
    root = photo_folder(tmp_path / "pets")
    kind = "JPEG" if suffix in ("jfif", "jpe", "JPG") else None
    for index in range(10):
        Image.fromarray(pixels(index)).save(root / "dog" / f"new{index}.{suffix}", format=kind)
    assert load_dataset(root).found.counts == {"cat": 10, "dog": 20}


def test_a_class_that_lost_its_files_is_named(tmp_path: Path) -> None:
    root = photo_folder(tmp_path / "pets", classes=("cat", "dog", "fox"))
    for path in (root / "fox").iterdir():
        path.rename(path.with_suffix(".heic"))
    with pytest.raises(IlluminasError, match=r"10 of 10 images of the class fox .* fox/0\.heic: Pillow reads no heic"):
        load_dataset(root)
    shutil.rmtree(root / "fox")
    (root / "fox").mkdir()
    (root / "fox" / "list.txt").write_text("later")
    assert "no image in fox" in load_dataset(root).found.line


def test_a_zip_of_a_folder_is_the_same_data(tmp_path: Path) -> None:
    root = photo_folder(tmp_path / "pets")
    with zipfile.ZipFile(tmp_path / "pets.zip", "w") as archive:
        for path in sorted(root.rglob("*.png")):
            archive.write(path, path.relative_to(tmp_path))
        archive.writestr("__MACOSX/pets/cat/._0.png", b"")
    zipped, plain = load_dataset(tmp_path / "pets.zip"), load_dataset(root)
    assert (zipped.labels, zipped.found) == (plain.labels, plain.found)
    assert zipped.fingerprint == plain.fingerprint


def test_a_folder_around_the_classes_is_looked_through(tmp_path: Path) -> None:
    photo_folder(tmp_path / "download" / "archive" / "pets")
    assert load_dataset(tmp_path / "download").labels == ("cat", "dog")


# splits


@pytest.mark.parametrize(("val", "test"), [("val", "test"), ("valid", "Test"), ("validation", "testing")])
def test_folders_of_splits_are_splits_and_not_classes(tmp_path: Path, val: str, test: str) -> None:
    for start, split in ((0, "train"), (10, val), (20, test)):
        folder = photo_folder(tmp_path / "pets" / split, count=6)
        for number, path in enumerate(sorted(folder.rglob("*.png"))):
            Image.fromarray(pixels(1000 * start + number)).save(path)
    dataset = load_dataset(tmp_path / "pets")
    assert dataset.labels == ("cat", "dog")
    assert dataset.found.splits == {"train": 12, "val": 12, "test": 12}
    assert {image.tobytes() for image in dataset.test.x} == {
        pixels(20_000 + number).transpose(2, 0, 1).tobytes() for number in range(12)
    }


@pytest.mark.parametrize(
    ("given", "sizes"), [(("train", "test"), (16, 4, 20)), (("train", "val"), (16, 20, 4)), (("train",), (12, 4, 4))]
)
def test_splits_that_are_not_there_are_drawn_from_the_training_images(
    tmp_path: Path, given: tuple[str, ...], sizes: tuple[int, ...]
) -> None:
    for number, split in enumerate(given):
        for index, path in enumerate(sorted(photo_folder(tmp_path / "pets" / split).rglob("*.png"))):
            Image.fromarray(pixels(1000 * (number + 1) + index)).save(path)
    assert tuple(load_dataset(tmp_path / "pets").found.splits.values()) == sizes


def test_a_class_that_no_training_image_shows_is_named(tmp_path: Path) -> None:
    photo_folder(tmp_path / "pets" / "train")
    photo_folder(tmp_path / "pets" / "test", classes=("cat", "emu"))
    with pytest.raises(IlluminasError, match="no training image is of the class emu"):
        load_dataset(tmp_path / "pets")


def test_splits_are_drawn_by_the_seed(tmp_path: Path) -> None:
    root = photo_folder(tmp_path / "pets")
    dataset, again, other = load_dataset(root), load_dataset(root), load_dataset(root, seed=1)
    assert dataset.fingerprint == again.fingerprint != other.fingerprint
    assert everything(dataset) == everything(other)


# what is no image


def truncated(path: Path) -> bytes:
    return path.read_bytes()[:-200]


def broken_chunk(path: Path) -> bytes:
    return with_chunk(path, chunk(b"gAMA", b"\0"))


def large_profile(path: Path) -> bytes:
    return with_chunk(path, chunk(b"iCCP", b"p\0\0" + zlib.compress(bytes(2**26))))


def bomb(path: Path) -> bytes:
    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


def empty(path: Path) -> bytes:
    return b""


def text(path: Path) -> bytes:
    return b"<html>404</html>"


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (truncated, "truncated"),
        (broken_chunk, "gAMA"),
        (large_profile, "too large|too much"),
        (bomb, "pixels"),
        (empty, "is empty"),
        (text, "no image that Pillow knows"),
    ],
)
def test_a_file_that_cannot_be_read_is_left_out_and_told_with_its_reason(
    tmp_path: Path, damage: Callable[[Path], bytes], reason: str
) -> None:
    root = photo_folder(tmp_path / "pets")
    path = root / "cat" / "bad.png"
    Image.fromarray(pixels(7)).save(path)
    path.write_bytes(damage(path))
    dataset = load_dataset(root)
    assert dataset.found.counts == {"cat": 10, "dog": 10}
    (skipped,) = dataset.found.skipped
    assert skipped.file == "cat/bad.png"
    assert re.search(reason, skipped.reason)
    assert "1 skipped (cat/bad.png" in dataset.found.line


def test_a_class_that_loses_more_than_one_in_twenty_is_refused_with_the_first_few(tmp_path: Path) -> None:
    root = photo_folder(tmp_path / "pets")
    for index in range(6):
        (root / "dog" / f"{index}.png").write_bytes(b"nothing")
    with pytest.raises(
        IlluminasError, match=r"6 of 10 images of the class dog can't be read.*dog/0\.png: no image"
    ) as e:
        load_dataset(root)
    assert "at most 5%" in str(e.value) and "and 1 more" in str(e.value)


def test_too_few_images_are_told_by_the_name_of_the_class(tmp_path: Path) -> None:
    root = photo_folder(tmp_path / "pets")
    with pytest.raises(IlluminasError, match=r"no images in .*nothing, which is empty: expected a folder a class"):
        (tmp_path / "nothing").mkdir()
        load_dataset(tmp_path / "nothing")
    (root / "bird").mkdir()
    Image.fromarray(pixels(1)).save(root / "bird" / "0.png")
    with pytest.raises(IlluminasError, match="the class bird has one image, expected at least 3"):
        load_dataset(root)
    shutil.rmtree(root / "bird")
    shutil.rmtree(root / "cat")
    with pytest.raises(IlluminasError, match=r"expected at least two classes, got 1 \(dog\)"):
        load_dataset(root)
    (root / "flat.png").write_bytes((root / "dog" / "0.png").read_bytes())
    shutil.rmtree(root / "dog")
    with pytest.raises(IlluminasError, match="its 1 images lie in no folder of a class"):
        load_dataset(root)


# what images become


def save_mode(path: Path, mode: str, grey: np.ndarray) -> None:
    """A grey picture in some mode; 16 bits and more span their whole range."""
    if mode == "I;16B":
        path = path.with_suffix(".tif")
        Image.frombytes("I;16B", grey.shape[::-1], (grey.astype(">u2") * 257).tobytes()).save(path)
    elif mode == "I;16":
        Image.fromarray(grey.astype(np.uint16) * 257).save(path)
    elif mode == "I":
        Image.fromarray(grey.astype(np.int32) * 257).save(path.with_suffix(".tif"))
    elif mode == "F":
        Image.fromarray(grey.astype(np.float32) / 255).save(path.with_suffix(".tif"))
    elif mode == "CMYK":
        Image.fromarray(grey).convert("RGB").convert("CMYK").save(path.with_suffix(".tif"))
    elif mode == "YCbCr":
        Image.fromarray(grey).convert("YCbCr").save(path.with_suffix(".tif"))
    else:
        Image.fromarray(grey).convert(mode).save(path)


@pytest.mark.parametrize("mode", ["L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr", "I;16", "I;16B", "I", "F"])
def test_a_mode_is_scaled_by_its_range(tmp_path: Path, mode: str) -> None:
    greys = {}
    for number, name in enumerate(("cat", "dog")):
        (tmp_path / "pets" / name).mkdir(parents=True)
        for index in range(5):
            grey = np.random.default_rng(10 * number + index).integers(0, 256, (SIDE, SIDE), dtype=np.uint8)
            greys[grey.tobytes()] = grey
            save_mode(tmp_path / "pets" / name / f"{index}.png", mode, grey)
    dataset = load_dataset(tmp_path / "pets")
    assert dataset.channels == 1, "in whatever mode, they show no colour"
    found = np.concatenate([split.x[:, 0] for split in (dataset.train, dataset.val, dataset.test)]).astype(int)
    for grey in greys.values():
        assert np.abs(found - grey).max(axis=(1, 2)).min() <= 1


def test_one_bit_and_eight_bit_images_share_a_range(tmp_path: Path) -> None:
    for name in ("cat", "dog"):
        (tmp_path / "pets" / name).mkdir(parents=True)
        for index in range(6):
            image = Image.fromarray(pixels(index)).convert("L").point(lambda value: 255 * (value > 127))
            image.convert("1" if name == "cat" else "L").save(tmp_path / "pets" / name / f"{index}.png")
    dataset = load_dataset(tmp_path / "pets")
    assert {int(value) for value in np.unique(dataset.train.x)} == {0, 255}
    assert dataset.found.converted == {"converted from 1": 6}


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_what_is_transparent_shows_white(tmp_path: Path, mode: str) -> None:
    """The drawing lives in the alpha channel: all colours are black."""
    for name, band in (("cat", slice(0, 8)), ("dog", slice(8, 16))):
        (tmp_path / "pets" / name).mkdir(parents=True)
        for index in range(4):
            drawing = np.zeros((SIDE, SIDE, 4), dtype=np.uint8)
            drawing[band, :, 3] = 255
            drawing[index, index, 3] = 255
            image = Image.fromarray(drawing)
            image.convert("LA" if mode == "LA" else "RGBA").save(tmp_path / "pets" / name / f"{index}.png")
            if mode == "P":
                image.quantize(4).save(tmp_path / "pets" / name / f"{index}.png")
    dataset = load_dataset(tmp_path / "pets")
    assert dataset.found.converted == {"composited over white": 8}
    for image, label in zip(dataset.train.x, dataset.train.y, strict=True):
        upper, lower = image[0, :8].mean(), image[0, 8:].mean()
        assert (upper < lower) == (label == 0)


TURNS = {
    1: None,
    3: Image.Transpose.ROTATE_180,
    6: Image.Transpose.ROTATE_90,
    8: Image.Transpose.ROTATE_270,
}
"""What EXIF says -> how the camera stored the image."""


def test_a_photo_is_turned_as_its_camera_says(tmp_path: Path) -> None:
    upright = np.zeros((24, 32, 3), dtype=np.uint8)
    upright[:12] = 255
    root = tmp_path / "pets"
    for name in ("cat", "dog"):
        (root / name).mkdir(parents=True)
        for index, (orientation, turn) in enumerate(
            [
                (1, None),
                (3, Image.Transpose.ROTATE_180),
                (6, Image.Transpose.ROTATE_90),
                (8, Image.Transpose.ROTATE_270),
            ]
        ):
            image = Image.fromarray(upright)
            exif = Image.Exif()
            exif[0x0112] = orientation
            (image if turn is None else image.transpose(turn)).save(root / name / f"{index}.jpg", exif=exif, quality=95)
    dataset = load_dataset(root)
    assert dataset.found.converted == {"turned upright": 6}
    assert (dataset.found.smallest, dataset.found.largest) == ((32, 24), (32, 24))
    for split in (dataset.train, dataset.val, dataset.test):
        assert (split.x[:, :, :14].mean(axis=(1, 2, 3)) > 200).all()
        assert (split.x[:, :, -14:].mean(axis=(1, 2, 3)) < 50).all()


def test_grey_among_colours_becomes_colour_and_sizes_one_square(tmp_path: Path) -> None:
    root = photo_folder(tmp_path / "pets")
    Image.fromarray(pixels(50, side=40, height=20)).convert("L").save(root / "cat" / "grey.png")
    for index in range(30):
        Image.fromarray(pixels(60 + index, side=30, height=50)).save(root / "dog" / f"large{index}.png")
    dataset = load_dataset(root)
    assert (dataset.channels, dataset.side) == (3, 48), "the median of the longer sides is 50"
    assert (dataset.found.smallest, dataset.found.largest) == ((16, 16), (30, 50))
    assert "16x16 to 30x50 pixels -> 48x48 RGB" in dataset.found.line


def test_an_image_is_stretched_by_the_bilinear_filter_that_averages(tmp_path: Path) -> None:
    root = tmp_path / "large"
    photos = {}
    for number, name in enumerate(("cat", "dog")):
        (root / name).mkdir(parents=True)
        for index in range(4):
            image = Image.fromarray(pixels(10 * number + index, side=400, height=300))
            image.save(root / name / f"{index}.png")
            photos[np.asarray(image.resize((160, 160), Image.Resampling.BILINEAR)).transpose(2, 0, 1).tobytes()] = name
    dataset = load_dataset(root)
    assert dataset.side == 160
    assert everything(dataset) == set(photos)


def test_other_sides_are_made_of_the_stored_images(tmp_path: Path) -> None:
    root = photo_folder(tmp_path / "pets")
    dataset, small = load_dataset(root), load_dataset(f"{root}@8")
    assert (small.side, small.name) == (8, f"{root}@8")
    for image, reduced in zip(dataset.val.x, small.val.x, strict=True):
        expected = Image.fromarray(image.transpose(1, 2, 0)).resize((8, 8), Image.Resampling.BILINEAR)
        assert np.array_equal(np.asarray(expected).transpose(2, 0, 1), reduced)
    assert dataset.at(dataset.side) is dataset
    assert dataset.at(8).fingerprint == small.fingerprint != dataset.fingerprint
    assert len(load_dataset(f"{root}@8:9").train.y) == 9
    with pytest.raises(IlluminasError, match="a side of 4 to 512 pixels, got 2"):
        dataset.at(2)


def test_a_folder_whose_name_ends_like_a_side_is_opened_by_its_name(tmp_path: Path) -> None:
    assert load_dataset(photo_folder(tmp_path / "pets@8")).side == SIDE
    assert load_dataset(photo_folder(tmp_path / "x:2024")).side == SIDE
    assert load_dataset(f"{tmp_path / 'x:2024'}@8:7").train.x.shape == (7, 3, 8, 8)


# content


def rename_one(root: Path) -> None:
    (root / "cat" / "0.png").rename(root / "cat" / "other.png")


def move_one(root: Path) -> None:
    (root / "cat" / "0.png").rename(root / "dog" / "from_cat.png")


def change_one(root: Path) -> None:
    Image.fromarray(pixels(999)).save(root / "cat" / "0.png")


def rename_class(root: Path) -> None:
    (root / "cat").rename(root / "tiger")


def to_test(root: Path) -> None:
    for folder in ("cat", "dog"):
        for split, names in (("train", "012345678"), ("test", "9")):
            (root / split / folder).mkdir(parents=True)
            for name in names:
                (root / folder / f"{name}.png").rename(root / split / folder / f"{name}.png")
        (root / folder).rmdir()


@pytest.mark.parametrize("change", [rename_one, move_one, change_one, rename_class, to_test])
def test_the_fingerprint_changes_with_a_file_a_label_or_a_split(tmp_path: Path, change: Callable[[Path], None]) -> None:
    root = photo_folder(tmp_path / "pets")
    before = load_dataset(root).fingerprint
    change(root)
    assert load_dataset(root).fingerprint != before


def test_a_moved_folder_is_the_same_data(tmp_path: Path) -> None:
    root = photo_folder(tmp_path / "pets")
    before = load_dataset(root)
    root.rename(tmp_path / "moved")
    for path in (tmp_path / "moved").rglob("*.png"):
        os.utime(path, (1, 1))
    after = load_dataset(tmp_path / "moved")
    assert after.fingerprint == before.fingerprint
    assert json.loads(after.found.model_dump_json()) == json.loads(before.found.model_dump_json())
