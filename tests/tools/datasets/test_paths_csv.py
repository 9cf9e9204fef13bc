"""Tables of paths and labels."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from illuminas.tools.datasets import load_dataset
from illuminas.tools.errors import IlluminasError


def photos(root: Path, count: int = 12) -> list[str]:
    (root / "photos").mkdir()
    names = [f"photos/{index}.png" for index in range(count)]
    for index, name in enumerate(names):
        pixels = np.random.default_rng(index).integers(0, 256, (8, 8, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(root / name)
    return names


def lines(names: list[str], labels: tuple[str, ...] = ("café", "thé"), *, header: str = "path,label") -> str:
    separator = next(each for each in ",;\t" if each in header)
    rows = [separator.join((name, labels[index % len(labels)])) for index, name in enumerate(names)]
    return "\n".join([header, *rows]) + "\n"


@pytest.mark.parametrize(
    ("file", "header", "encoding"),
    [
        ("table.csv", "path,label", "utf-8"),
        ("UPPER.CSV", "File,Class", "utf-8-sig"),
        ("table.csv", "filename;target", "latin-1"),
        ("table.tsv", "image\tcategory", "utf-16"),
        ("table.csv", "Image Path,LABEL", "utf-8"),
    ],
)
def test_columns_are_known_by_their_names_in_several_dialects(
    tmp_path: Path, file: str, header: str, encoding: str
) -> None:
    (tmp_path / file).write_bytes(lines(photos(tmp_path), header=header).encode(encoding))
    dataset = load_dataset(tmp_path / file)
    assert dataset.labels == ("café", "thé")
    assert dataset.found.counts == {"café": 6, "thé": 6}


def test_a_column_of_splits_makes_them(tmp_path: Path) -> None:
    splits = ["train"] * 8 + ["valid"] * 2 + ["test"] * 2
    rows = [
        f"{name},{'ab'[i % 2]},{split},x" for i, (name, split) in enumerate(zip(photos(tmp_path), splits, strict=True))
    ]
    (tmp_path / "t.csv").write_text("\n".join(["path,label,split,remark", *rows]))
    assert load_dataset(tmp_path / "t.csv").found.splits == {"train": 8, "val": 2, "test": 2}


def test_paths_may_be_absolute_and_of_another_system(tmp_path: Path) -> None:
    names = photos(tmp_path)
    mixed = [str(tmp_path / name) if i % 2 else name.replace("/", "\\") for i, name in enumerate(names)]
    (tmp_path / "t.csv").write_text(lines(mixed))
    assert load_dataset(tmp_path / "t.csv").found.images == 12


def test_a_missing_file_is_told_with_its_reason(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(lines([*photos(tmp_path), "photos/gone.png"]))
    (skipped,) = load_dataset(tmp_path / "t.csv").found.skipped
    assert (skipped.file, skipped.reason) == ("photos/gone.png", "No such file or directory")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty: expected a first line that names a column of paths"),
        ("path,label\n", "expected a line for each image"),
        (
            "a.png,cat\nb.png,dog\n",
            r"no column of paths: expected .*path, file, image, filename.*got the columns a.png, cat",
        ),
        ("path,kind\na.png,cat\n", "no column of labels: .*label, class, target.*got the columns path, kind"),
        ("path,label\na.png\n", "line 2: expected 2 columns, got 1"),
        ("path,label\na.png,\n", "line 2: the label is empty"),
        ("path,label,split\na.png,cat,dev2\n", "line 2: expected the split train, val or test, got 'dev2'"),
        ("path,label\na.png,cat\na.png,dog\n", "a.png is listed as cat and as dog"),
        ("path,label\n\0\n", "is no text"),
    ],
)
def test_a_table_that_cannot_be_read_says_what_is_expected(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "t.csv").write_text(text)
    with pytest.raises(IlluminasError, match=said):
        load_dataset(tmp_path / "t.csv")
