"""Latency of networks: ``measure`` times them in a process of its own, ``estimate`` guesses."""
