"""Who thinks.

- ``search``: one run from start to end; ``config`` and ``budget`` go in, ``summary`` comes out
- ``graph``: the LangGraph graph over ``planner``, ``coder``, ``screen``, ``evaluator``, ``archivist`` and ``critic``
- ``composition``: the parts that a mode chooses: ``parents``, ``rules``, ``shares``, ``writers``, ``weights``
- ``selection``: which candidates of the pool to evaluate, by a schedule of ``acquisition``
- ``context``: what they share
- ``steering``: takes a person's directive in; ``compliance`` keeps to it, ``approval`` asks and waits
- ``bench``: the engine beside its rivals on benchmark tables
- ``llm_session``, ``prompts``: how agents ask; ``llm``: the providers they ask
"""
