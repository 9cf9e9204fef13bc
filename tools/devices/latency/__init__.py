"""Latency: ``measure`` times networks on this machine; figures say whether they were measured or looked up."""

from __future__ import annotations

from illuminas.tools.devices.latency.measure import Latency, LatencyMeter, measure_latency, reference_ms

__all__ = ["Latency", "LatencyMeter", "measure_latency", "reference_ms"]
