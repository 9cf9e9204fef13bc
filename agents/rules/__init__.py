"""Rules: where those come from that guide proposals, one source a file.

- ``base``: what every source does
- ``evidence``: heuristics of the knowledge base; an LLM proposes new ones (the engine)
- ``rewritten``: the critic rewrites each niche's rules after every round (LLM-NAS)
- ``observed``: heuristics are mined and judged, but guide nothing (LLMatic)
"""
