"""Embeddings: unit vectors by meaning, without a network or side effects."""

from __future__ import annotations

import subprocess
import sys

import numpy as np

from illuminas.memory.embeddings import DIMENSIONS, embed

RULES = [
    "Higher validation accuracy: at least 2 live 3x3 convolutions",
    "Lower validation accuracy: some path starts with an average pooling",
    "Higher validation accuracy: a skip connection runs straight from input to output",
]


def test_vectors_have_unit_length_blank_texts_included() -> None:
    vectors = embed([*RULES, "", "   "])
    assert vectors.shape == (5, DIMENSIONS)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, rtol=1e-5)
    assert embed([]).shape == (0, DIMENSIONS)


def test_a_paraphrase_is_nearest_to_what_it_says() -> None:
    paraphrases = ["use more convolution kernels", "pooling layers at the start hurt", "residual shortcut"]
    assert np.argmax(embed(paraphrases) @ embed(RULES).T, axis=1).tolist() == [0, 1, 2]


def test_a_text_has_one_vector_whatever_stands_beside_it() -> None:
    np.testing.assert_allclose(embed([RULES[0]])[0], embed([RULES[1] * 9, RULES[0]])[1], rtol=1e-5)


def test_loading_leaves_logging_alone_and_opens_no_socket() -> None:
    program = """
import logging, socket
def refuse(*args, **kwargs):
    raise AssertionError("a socket was opened")
socket.socket.connect = refuse
from illuminas.memory.embeddings import embed
embed(["a rule"])
assert logging.root.handlers == [], logging.root.handlers
assert logging.root.level == logging.WARNING, logging.root.level
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
