"""The ``code`` space: networks as lists of layers, or as free PyTorch source.

``layers`` says what a list is made of, ``notation`` reads and writes it and holds its grammar, ``shapes`` infers
sizes and counts costs, ``source`` compiles it and carries weights over, ``variation`` draws, changes and crosses,
``features`` describes it to predicates, surrogates and archives, ``picture`` to people. ``notation`` reads free source
too. ``space`` brings them together.
"""
