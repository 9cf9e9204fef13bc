"""Rules: where those come from that guide proposals, one source a file.

- ``base``: what every source does, and rules that are mined and judged but guide nothing (LLMatic)
- ``evidence``: heuristics of the knowledge base; an LLM proposes new ones (the engine)
- ``rewritten``: the critic rewrites each niche's rules after every round (LLM-NAS)
"""
