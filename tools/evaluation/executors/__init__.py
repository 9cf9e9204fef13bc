"""Where jobs run: ``workers``, warm processes of this machine; ``sandboxed``, for generated source; ``in_process``.

``dispatcher`` lists them, and hands a job to the first that takes it. Another executor is a file here with a subclass
of :class:`~illuminas.tools.evaluation.executor.Executor`, its name in that list, and an entry of the contract tests.
"""
