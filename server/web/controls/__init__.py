"""What can be done with a run.

- ``bar``: the buttons in the header of its page, and the dialog for steering; ``forms``: what it is made of
"""
