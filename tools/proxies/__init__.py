"""Zero-cost proxies: numbers from untrained networks that stand in for accuracy.

``base`` holds the interface, ``scores`` what it gives, ``scoring`` how many architectures are scored at once, ``probe``
the passes that proxies share, ``observe`` what they see of a pass. The proxies themselves, each with its paper, are in
``sizes``, ``gradients``, ``jacobians``, ``rectifiers``, ``synflow``, ``zen`` and ``az_nas``. Importing this loads no
torch; scoring does.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from illuminas.tools.errors import unknown_name
from illuminas.tools.proxies.az_nas import VIEWS, Expressivity, Progressivity, Trainability, az_nas
from illuminas.tools.proxies.base import Proxy
from illuminas.tools.proxies.gradients import Fisher, GradNorm, Grasp, Plain, Snip, ZiCo
from illuminas.tools.proxies.jacobians import EpeNas, Jacov
from illuminas.tools.proxies.rectifiers import Nwot, Swap
from illuminas.tools.proxies.scores import ProxyError, ProxyScores
from illuminas.tools.proxies.sizes import Flops, L2Norm, Params
from illuminas.tools.proxies.synflow import SynFlow
from illuminas.tools.proxies.zen import Zen
from illuminas.tools.spaces import NetworkShape, get_space

if TYPE_CHECKING:
    from torch import Tensor

__all__ = [
    "GROUPS",
    "PROXIES",
    "Proxy",
    "ProxyError",
    "ProxyScores",
    "az_nas",
    "expand",
    "score_batch",
]

PROXIES: dict[str, Proxy] = {
    proxy.name: proxy
    for proxy in (
        Params(),
        Flops(),
        L2Norm(),
        SynFlow(),
        Nwot(),
        Swap(),
        Jacov(),
        EpeNas(),
        GradNorm(),
        Snip(),
        Plain(),
        Fisher(),
        Grasp(),
        ZiCo(),
        Zen(),
        Expressivity(),
        Progressivity(),
        Trainability(),
    )
}
"""Name -> proxy; a new one is added here."""

GROUPS: dict[str, tuple[str, ...]] = {"az_nas": VIEWS}
"""Names that stand for several proxies; :func:`az_nas` combines its own over a set of architectures."""


def expand(names: Iterable[str]) -> list[str]:
    """Names of proxies with those of groups replaced by their members, each once, in order.

    Raises:
        IlluminasError: a name is neither a proxy's nor a group's; it names the nearest.
    """
    found: dict[str, None] = {}
    for name in names:
        if name not in PROXIES and name not in GROUPS:
            raise unknown_name("proxy", name, [*PROXIES, *GROUPS])
        found |= dict.fromkeys(GROUPS.get(name, (name,)))
    return list(found)


def score_batch(
    space: str,
    texts: Sequence[str],
    shape: NetworkShape,
    images: Tensor,
    labels: Tensor,
    names: Iterable[str] = tuple(PROXIES),
    *,
    seed: int = 0,
) -> list[ProxyScores]:
    """Scores of architectures by several proxies, on the device of the images.

    Equal seeds give equal scores, to the rounding of float32: what an architecture scores depends neither on the
    others nor on the order of the proxies. Architectures of one canonical form share the scores of its
    representative; parameters and FLOPs alone are those of the text itself, as published. A proxy that cannot
    score, or whose score is not finite, is a failure with its reason.

    Args:
        space: name of the search space.
        texts: the architectures.
        shape: of the networks.
        images: one batch, ``(n, c, h, w)``, float32; 2 images or more.
        labels: their classes, ``(n,)``, int64.
        names: of proxies, or of :data:`GROUPS`.
        seed: of the initialisation, and of what proxies draw.

    Raises:
        InvalidArchitecture: a text is no architecture of the space.
        IlluminasError: an unknown proxy, or a batch that does not fit the shape.
    """
    from illuminas.tools.proxies.scoring import score_architectures

    proxies = [PROXIES[name] for name in expand(names)]
    search_space = get_space(space)
    architectures = [search_space.parse(text) for text in texts]
    return score_architectures(search_space, architectures, shape, images, labels, proxies, seed=seed)
