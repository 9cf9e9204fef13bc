"""What agents can do: everything that builds, trains, measures or looks up.

- ``spaces``: search spaces and their networks
- ``datasets``: images; ``tasks``: what a data set's name stands for
- ``evaluation``: trainings, scores and validations, where they run, and what is kept of them
- ``devices``: latencies, measured, looked up or estimated
- ``proxies``, ``surrogate``: cheaper answers than training
- ``tables``: imported benchmarks
- ``models``: files of local LLMs and of pretrained weights
- ``sandbox``: where networks of generated source live
- ``toolbox``, ``toolserver``, ``client``, ``messages``: all of it over MCP
- ``errors``, ``frozen``, ``paths``, ``process``: the ground floor
"""
