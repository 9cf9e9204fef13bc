"""What a zero-cost proxy gives: scores, or why there is none."""

from __future__ import annotations

from illuminas.tools.errors import IlluminasError
from illuminas.tools.frozen import Frozen


class ProxyError(IlluminasError):
    """The proxy has no score for networks of this kind; the message says why."""


class ProxyScores(Frozen):
    """Scores of one architecture.

    Attributes:
        values: proxy -> score, finite; its direction is :attr:`illuminas.tools.proxies.base.Proxy.sign`.
        failures: proxy -> why it has no score. Every proxy that was asked for is in one of the two.
        seconds: proxy -> its share of what the networks side by side took, without building them. A pass that
            several proxies share is charged to the first of them.
    """

    values: dict[str, float]
    failures: dict[str, str]
    seconds: dict[str, float]
