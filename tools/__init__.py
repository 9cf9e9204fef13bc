"""What agents can do: everything that builds, trains, measures or looks up.

- ``spaces``: search spaces and their networks
- ``datasets``, ``training``: images, the trainer and its worker processes
- ``proxies``, ``latency``, ``surrogate``: cheaper answers than training
- ``tables``: imported benchmarks; ``tasks``: what a data set's name stands for
- ``models``: local LLM files
- ``toolbox``, ``toolserver``, ``client``, ``messages``: all of it over MCP
- ``evaluation``, ``results``: what was measured, and paid for once
- ``errors``, ``paths``, ``process``: the ground floor
"""
