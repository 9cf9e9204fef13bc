"""Who thinks.

- ``search``: one run from start to end; ``config`` (of ``options`` and ``presets``) goes in, ``summary`` comes out
- ``graph``: the LangGraph graph over ``planner``, ``coder``, ``screen``, ``evaluator``, ``archivist`` and ``critic``;
  ``studio`` opens it in LangGraph's development server
- ``context``: what they share: state, tools, ``budget``, ``compliance``, and ``isomorphs``, the best way to write each
  function; ``readings``: what devices say of architectures
- ``composition``: the parts that a mode chooses: ``parents``, ``rules``, ``shares``, ``writers``, ``weights``,
  ``acquisition``; ``checker`` refuses proposals, ``instructions`` are what an LLM is told to do with a parent
- ``selection``: which candidates of the ``pool`` to evaluate, by a schedule of acquisitions; ``predictor``: what the
  surrogate expects of them
- ``steering``: takes a person's directive in; ``compliance`` keeps to it, ``approval`` asks and waits
- ``llm_session``, ``prompts``, ``quoting``: how agents ask; ``llm``: the providers they ask
- ``chat``: people talk with the agents; ``bench``: the engine beside its rivals on benchmark tables
"""
