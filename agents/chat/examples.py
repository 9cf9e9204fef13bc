"""Examples: sentences beside the commands that say the same, found by likeness.

A small model is shown those that are most like a message; without a model they tell a person what there is to type.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np

from illuminas.tools.spaces import SearchSpace


class Example(NamedTuple):
    """A sentence and the command that says the same, without its slash."""

    sentence: str
    command: str

    @property
    def name(self) -> str:
        """Of the command."""
        return self.command.partition(" ")[0]


UNCLEAR = "unclear"
"""Stands for what no command says."""

EXAMPLES = tuple(
    Example(*map(str.strip, line.split("->")))
    for line in """
    nothing slower than 5 ms -> limit latency <=5
    the device has 10 milliseconds for one image, that is all -> limit latency <=10
    it has room for 300k parameters -> limit params <=300k
    it has to run in less than 12 milliseconds on the phone -> limit latency <=12 phone
    the network must be tiny, 100k weights at the very most -> limit params <=100k
    nothing with more than 500 thousand parameters -> limit params <=500k
    no more than 20 million operations -> limit macs <=20m
    put all your effort into niche 2 -> focus 2
    niche 1 deserves more attention -> focus 1
    the empty niches should get something -> focus empty
    no longer restrict yourself to some niches -> focus all
    spend your energy on niches 1 and 5 -> focus 1 5
    look into those niches where there is nothing yet -> focus empty
    do not waste time in niches 0 and 1 -> avoid 0 1
    don't bother with niche 3 any more -> avoid 3
    niche 1 is a waste of evaluations -> avoid 1
    accuracy is five times as important as latency -> weigh 5 1
    I care about speed only -> weigh 0 1
    accuracy counts and nothing else does -> weigh 1 0
    speed counts twice as much for me as accuracy -> weigh 1 2
    you may do another 40 trainings -> budget evaluations +40
    you have 100 evaluations in all -> budget evaluations 100
    do not run longer than two hours -> budget hours 2
    do not spend more than 5 dollars -> budget dollars 5
    be adventurous, take risks -> explore more
    surprise me with something unusual -> explore more
    trust what you have learned -> explore less
    stick to what works, no experiments -> explore less
    hang on, hold it for a minute -> pause
    you can proceed, start again -> resume
    that is all, finish up -> stop
    you can start working again -> resume
    quit searching now -> stop
    always follow rule h-12ab34 -> pin h-12ab34
    obey h-0c9d11 whatever happens -> pin h-0c9d11
    no longer insist on h-12ab34 -> unpin h-12ab34
    h-12ab34 is nonsense, get rid of it -> retire h-12ab34 nonsense
    throw h-0c9d11 out, it is wrong -> retire h-0c9d11 wrong
    nobody believes h-0c9d11 any longer -> retire h-0c9d11
    put h-12ab34 differently: fewer pools are better -> reword h-12ab34 fewer pools are better
    I did not mean that, go back, scratch it -> undo
    cancel directive number 4 -> undo 4
    fine with me, I agree -> approve
    I am against it, do not do that -> reject
    what have I told you to do -> directives
    which network should I take if I have 3 ms -> best latency <=3
    which one would you pick for 6 ms on the phone -> best latency <=6 phone
    anything good with fewer than 200k weights -> best params <=200k
    an overview of all niches, which of them hold nothing -> niches
    what is wrong with niche 4 -> why 4
    what is going on in niche 1 -> why 1
    let me see the winner, the champion -> show best
    what does the best one of niche 2 look like -> show niche 2
    do you know anything on residuals, any insights -> learned residuals
    what do you know about kernels -> learned kernels
    are we better than the previous run -> compare last
    what have we paid in the past hour -> cost 60
    how expensive were the last 20 minutes -> cost 20
    make me a picture, a chart of speed against accuracy -> plot pareto
    draw how accuracy developed -> plot progress
    are you nearly done, where do we stand -> status
    how many evaluations are made and how many are left -> status
    which other searches are there -> runs
    what can I type here -> help
    tell me a joke -> unclear
    what is the capital of France -> unclear
    write a poem about nature -> unclear
    """.strip().splitlines()
)


class Likeness(NamedTuple):
    """How like a message an example is: cosine similarity, up to 1."""

    example: Example
    value: float


@cache
def examples_of(space: SearchSpace) -> tuple[Example, ...]:
    """Examples of what is said to any search, and of what is said of a space's architectures."""
    tried, predicate = space.to_words(space.heaviest()), space.example_predicate
    return (
        *EXAMPLES,
        *(Example(*pair) for pair in space.chat_examples),
        Example(f"please evaluate {tried}", f"seed {tried}"),
        Example(f"all of them need {predicate}", f"require {predicate}"),
        Example(f"I believe that {predicate} makes networks more accurate", f"rule {predicate} raises accuracy"),
    )


def nearest(message: str, count: int, space: SearchSpace) -> list[Likeness]:
    """The examples most like a message, the nearest first."""
    from illuminas.memory.embeddings import embed

    examples = examples_of(space)
    likeness = _vectors(space) @ embed([message])[0]
    order = np.argsort(-likeness, kind="stable")[:count]
    return [Likeness(examples[place], float(likeness[place])) for place in order]


@cache
def _vectors(space: SearchSpace) -> np.ndarray:
    from illuminas.memory.embeddings import embed

    return embed([example.sentence for example in examples_of(space)])
