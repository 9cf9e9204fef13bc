"""What is remembered of a run.

- ``events``, ``kinds``: the append-only log, the only truth; ``state`` reduces it to the state of a run, now
  and as of earlier rounds; ``filling``, ``failures``: its parts that tell how niches filled and what failed
- ``runs``: folders, locks and status; ``run_summary``: one in short, without its whole log
- ``candidate``: an architecture with its provenance
- ``partitions``, ``archive``, ``metrics``: niches, elites, Pareto front and hypervolume
- ``predicates``, ``evidence``, ``heuristics``, ``mining``: rules that code can check, and what the data say of them;
  ``observations``: the data
- ``knowledge``, ``embeddings``: the knowledge base in Chroma
- ``knowledge_history``: how it came about, and what each heuristic was when
- ``directives``: what people may ask of a search; ``steering``, ``bounds``: what follows from those in force
"""
