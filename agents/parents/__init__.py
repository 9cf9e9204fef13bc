"""Parent selection: which architectures a round varies, and on which niches it works, one method a file.

- ``base``: what every method does
- ``leaders``: elites of the planner's niches, and the best of all (the engine, LLM-NAS)
- ``random_elites``: a random elite for each proposal (LLMatic)
"""
