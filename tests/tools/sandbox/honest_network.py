"""A network as it should be, what it is built for, and what no network may see."""

from __future__ import annotations

from illuminas.tools.spaces import NetworkShape

SECRET = "sk-planted-in-the-parent"
SECRET_NAME = "ILLUMINAS_TEST_KEY"

HONEST = """
import torch
from torch import nn

class Network(nn.Module):
    def __init__(self, in_channels: int, image_size: int, classes: int):
        super().__init__()
        self.features = nn.Sequential(nn.Conv2d(in_channels, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU())
        self.head = nn.Linear(4 * image_size**2, classes)

    def forward(self, x):
        return self.head(torch.flatten(self.features(x), 1))
"""

SHAPE = NetworkShape(in_channels=1, image_size=8, classes=3)
