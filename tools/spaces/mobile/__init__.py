"""Networks of inverted bottlenecks below EfficientNet-Lite0, whose pretrained weights they inherit.

- ``blocks``: what a network is made of, and what it costs; ``space``: the search space
- ``network``: the torch network; ``weights``: what it inherits
"""
