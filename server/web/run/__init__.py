"""The page of one run: ``page``; ``status``: how it stands; ``progress``: what is spent and what is left."""
