"""Who thinks.

- ``search``: one run from start to end; ``config`` and ``budget`` go in, ``summary`` comes out
- ``graph``: the LangGraph graph over ``planner``, ``coder``, ``screen``, ``evaluator``, ``archivist`` and ``critic``
- ``context``: what they share; ``plan``: what the planner answers; ``bandit``: the operators' shares
- ``mind``, ``prompts``: how they ask; ``llm``: whom
"""
