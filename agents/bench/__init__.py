"""How strong the engine is: its rivals on benchmark tables, the measures that judge them, and the runner of many seeds.

``problem`` is all that a method may see of a table, ``measures`` the only place that holds test accuracies.
"""
