"""What agents can do: everything that builds, trains, measures or looks up.

- ``spaces``: search spaces and their networks
- ``datasets``, ``training``: images, the trainer and its worker processes
- ``proxies``, ``latency``, ``surrogate``: cheaper answers than training
- ``tables``: imported benchmarks; ``tasks``: what a data set's name stands for
- ``models``: local LLM files
- ``sandbox``: where networks of generated source live; ``workshop``: which networks go there, and which to workers
- ``validator``, ``zero_cost``, ``trainings``: what is asked of networks, kept by content
- ``toolbox``, ``toolserver``, ``client``, ``messages``: all of it over MCP
- ``evaluation``, ``results``, ``weights``: what was measured, paid for once, and learned
- ``errors``, ``paths``, ``process``: the ground floor
"""
