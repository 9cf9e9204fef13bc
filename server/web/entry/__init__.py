"""Who gets in: ``login``; ``shield``: what no other site may do; ``door``: the surface as whoever looks reaches it."""
