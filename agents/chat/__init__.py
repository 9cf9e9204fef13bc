"""The chat agent: what a person says, into directives and answers.

- ``agent`` takes turns; a turn shows ``replies``
- ``reader`` understands plain sentences without an LLM by the phrases that commands declare, over ``slots`` and the
  ``lexicon``; ``scene`` is what words can refer to
- ``translator`` is for what the reader does not understand: an LLM, and ``examples``
- ``commands`` are the slash commands that every sentence ends as, as directives and looks declare them, made of
  ``arguments``
- ``looks`` are what only looks, beside the directives of :mod:`illuminas.memory.directives`; ``answers`` answers them
  by the ``tools`` of one MCP client
"""
