"""The data sets that need no files."""

from __future__ import annotations

import numpy as np
import pytest

from illuminas.tools.datasets import EMBEDDED, Dataset, digits, load_dataset
from illuminas.tools.errors import IlluminasError


@pytest.fixture(scope="module", params=EMBEDDED)
def dataset(request: pytest.FixtureRequest) -> Dataset:
    return load_dataset(str(request.param))


def test_images_and_labels_have_the_promised_form(dataset: Dataset) -> None:
    for split in (dataset.train, dataset.val, dataset.test):
        assert split.x.dtype == np.float32 and split.y.dtype == np.int64
        assert split.x.shape == (len(split.y), dataset.channels, dataset.side, dataset.side)
        assert set(split.y) == set(range(dataset.classes))
        assert np.isfinite(split.x).all()


def test_training_images_are_normalised_when_they_are_used(dataset: Dataset) -> None:
    x = dataset.normalised(dataset.train.x)
    assert x.dtype == np.float32
    assert abs(x.mean()) < 1e-4
    assert abs(x.std() - 1) < 1e-4


def test_splits_are_stratified(dataset: Dataset) -> None:
    shares = [np.bincount(split.y, minlength=10) / len(split.y) for split in (dataset.train, dataset.val, dataset.test)]
    assert np.abs(shares[0] - shares[1]).max() < 0.01
    assert np.abs(shares[0] - shares[2]).max() < 0.01


def test_the_seed_decides_the_content(dataset: Dataset) -> None:
    again, other = load_dataset(dataset.name), load_dataset(dataset.name, seed=1)
    assert again.fingerprint == dataset.fingerprint != other.fingerprint
    assert np.array_equal(again.train.x, dataset.train.x)


def test_cluttered_digits_are_several_thousand() -> None:
    dataset = load_dataset("cluttered-digits")
    assert tuple(len(split.y) for split in (dataset.train, dataset.val, dataset.test)) == digits.COUNTS
    assert dataset.side == digits.CANVAS


def test_no_source_digit_is_in_two_splits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Gives every source digit a brightness of its own, and looks for it among the sources of each split."""
    x, y = digits._sources()
    marked = np.broadcast_to(np.arange(1, len(x) + 1, dtype=np.float32)[:, None, None], x.shape)
    monkeypatch.setattr(digits, "_sources", lambda: (marked, y))
    seen: list[set[float]] = []

    def spy(x: np.ndarray, y: np.ndarray, count: int, rng: np.random.Generator) -> digits.Split:
        seen.append(set(x[:, 0, 0].tolist()))
        return cluttered(x, y, count, rng)

    cluttered = digits._cluttered
    monkeypatch.setattr(digits, "_cluttered", spy)
    digits.cluttered_digits(0)
    assert [bool(part) for part in seen] == [True] * 3
    assert sum(map(len, seen)) == len(set.union(*seen)) == len(x)


def test_the_source_digits_are_those_of_scikit_learn() -> None:
    from sklearn.datasets import load_digits

    expected, labels = load_digits(return_X_y=True)
    x, y = digits._sources()
    assert np.array_equal(16 * x.reshape(-1, 64), expected)
    assert np.array_equal(y, labels)


def test_an_unknown_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(IlluminasError, match="Did you mean 'cluttered-digits'"):
        load_dataset("clutered-digits")


def test_a_number_after_the_name_trains_on_so_many_images_and_leaves_the_other_splits_whole() -> None:
    whole, part = load_dataset("digits"), load_dataset("digits:200")
    assert (part.name, len(part.train.y)) == ("digits:200", 200)
    assert np.array_equal(part.train.x, whole.train.x[:200])
    assert part.val is whole.val or np.array_equal(part.val.x, whole.val.x)
    assert part.fingerprint != whole.fingerprint


@pytest.mark.parametrize(
    ("count", "said"), [(0, "expected 1 to"), (99_999, "expected 1 to"), (3, "the class [0-9] has no image")]
)
def test_more_images_than_there_are_or_too_few_for_every_class_are_refused(count: int, said: str) -> None:
    with pytest.raises(IlluminasError, match=said):
        load_dataset(f"digits:{count}")
