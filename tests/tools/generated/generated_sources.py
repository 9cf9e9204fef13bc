"""Networks of generated source: layers, and source that somebody wrote."""

from __future__ import annotations

from illuminas.tools.spaces import get_space

SPACE = get_space("code")
LAYERS = "conv3 8 | res3 16 /2 | sep3 16"
FREE = """
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
CELL = "|nor_conv_3x3~0|+|none~0|skip_connect~1|+|skip_connect~0|none~1|avg_pool_3x3~2|"
