"""Where jobs run: ``workers``, warm processes of this machine; ``sandboxed``, for generated source; ``in_process``.

``registry`` lists them, and which jobs each takes; ``dispatcher`` hands a job to the one that takes it. Another
executor is a file here with a subclass of :class:`~illuminas.tools.evaluation.executor.Executor`, an entry of the
registry, and an entry of the contract tests.
"""
