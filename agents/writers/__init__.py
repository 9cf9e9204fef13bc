"""Proposal writers: how an LLM is asked for architectures, one form of question a file.

- ``base``: what every writer does, and the drafts that it returns
- ``choices``: edits, children and lines that a small LLM chooses or continues
- ``notation``: records in the short notation, by a capable LLM
- ``instructed``: one architecture by an instruction: a line, a record or PyTorch source (LLMatic)
"""
