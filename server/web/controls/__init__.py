"""What can be done with a run.

- ``bar``: in the header of its page; ``steer``: the dialog, made of ``forms``; ``confirm``: the one way to steer
"""
