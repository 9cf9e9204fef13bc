"""The chat agent: what a person says, into directives and answers.

- ``reader`` understands plain sentences without an LLM: ``phrases`` is its table, over ``slots``, ``conditions`` and the
  ``lexicon``; ``scene`` is what words can refer to
- ``catalogue`` has the slash commands that every phrase stands for; ``commands`` and ``arguments`` what they are made of
- ``looks`` are what only looks, beside the directives of :mod:`illuminas.memory.directives`
"""
