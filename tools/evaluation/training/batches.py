"""Batches of images as networks take them: read from where they are stored, and normalised one batch at a time."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from illuminas.tools.datasets.dataset import Dataset, Split
from illuminas.tools.datasets.pixels import taken

RESIDENT_BYTES = 8 * 2**30
"""Most bytes of stored images that stay on a GPU; of more, each batch is sent there."""


class Batches:
    """The images and labels of a split on a device.

    Args:
        dataset: whose mean and deviation images are normalised by.
        split: one of its splits, at any side; labels may be missing where images alone are wanted.
        device: where batches are wanted.
    """

    def __init__(self, dataset: Dataset, split: Split, device: torch.device) -> None:
        self._split = split
        self._device = device
        self._mean, self._std = (
            torch.tensor(each, dtype=torch.float32, device=device)[:, None, None]
            for each in (dataset.mean, dataset.std)
        )
        self._resident: Tensor | None = None
        if device.type == "cuda" and split.x.nbytes <= RESIDENT_BYTES:
            self._resident = torch.from_numpy(np.array(split.x)).to(device)
        self.labels = torch.from_numpy(split.y).to(device)
        self.classes = dataset.classes

    def __len__(self) -> int:
        return len(self._split.x)

    def images(self, rows: Tensor) -> Tensor:
        """The images of these rows, normalised, ``(n, channels, side, side)`` with channels last in memory.

        Args:
            rows: ``(n,)`` int64, on the CPU.
        """
        if self._resident is not None:
            stored = self._resident[rows.to(self._device)]
        else:
            stored = torch.from_numpy(taken(self._split.x, rows.numpy())).to(self._device)
        x = stored.to(torch.float32, memory_format=torch.channels_last, copy=True)
        return x.sub_(self._mean).div_(self._std)
