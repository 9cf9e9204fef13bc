"""Niches of your own: an axis over a descriptor that no space tells.

    python examples/own_partition.py

The archive of this search keeps the best cell for every share of 1x1 among its convolutions, at each depth.
"""

from illuminas import Search, SearchConfig
from illuminas.memory.partitions import AXES, DESCRIPTORS, Axis


def share_of_conv1(space, shape, architecture):
    """Share of 1x1 among the live convolutions, 0 to 1."""
    features = space.features(architecture)
    return features["conv1"] / max(1, features["convs"])


DESCRIPTORS["share_of_conv1"] = share_of_conv1
AXES["lightness"] = lambda context: Axis(
    key="share_of_conv1", bounds=(0.01, 0.5), labels=("no 1x1", "some 1x1", "mostly 1x1")
)

if __name__ == "__main__":
    config = SearchConfig(
        dataset="digits", device="none", llm="none", partition="lightness,depth", evaluations=6, batch=3, epochs=1
    )
    summary = Search(config).run()
    for niche, elite in summary.archive.niches.items():
        print(f"{niche}: {elite.objectives['accuracy']:.1f} %  {elite.text}")
