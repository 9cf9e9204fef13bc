"""Devices: where a latency comes from. ``latency`` measures and estimates it, ``latencies`` answers for any device."""
