"""Operator shares: how many proposals each operator makes, one policy a file.

- ``base``: what every policy does
- ``bandit``: shares follow what each operator has achieved (the engine)
- ``fixed``: shares that the mode sets, one operator a niche (LLM-NAS, LLMatic)
"""
