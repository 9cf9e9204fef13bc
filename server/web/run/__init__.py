"""The page of one run: ``page``; ``status``: how it stands, what is spent and what is left."""
