"""Who thinks.

- ``search``: one run from start to end; ``config`` and ``budget`` go in, ``summary`` comes out
- ``graph``: the LangGraph graph over ``planner``, ``coder``, ``screen``, ``evaluator``, ``archivist`` and ``critic``
- ``selection``: which of the screen's pool to evaluate, and what for
- ``context``: what they share; ``plan``: what the planner answers; ``bandit``: the operators' shares
- ``steering``: takes a person's directive in; ``compliance`` keeps to it, ``approval`` asks and waits
- ``bench``: the engine beside its rivals on benchmark tables
- ``mind``, ``prompts``: how they ask; ``llm``: whom
"""
