"""What questions to local LLMs cost: seconds and tokens of each form of answer, with and without a shared prefix.

    python benchmarks/llm_speed.py [--models NAME ...] [--threads N] [--repeats N] [--json]

``cold`` asks with a system text that the model has not read; ``warm`` repeats the question with another parent cell,
as the next round of a search does. Models that are not there are skipped. Load time is reported apart.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import time
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from illuminas.agents.llm.base import AnswerForm, Choice, Lines, LLMRequest, Record
from illuminas.agents.llm.local import LocalLLM
from illuminas.tools import models

OPERATIONS = ("none", "skip", "conv1", "conv3", "pool")
PARENTS = ("conv3 skip none conv1 conv3 skip", "conv1 conv3 skip skip none conv3", "conv3 conv3 skip none pool conv1")
EDITS = tuple(
    f"edge {edge} {old} to {new}"
    for edge, old in (("0-1", "conv3"), ("0-2", "skip"), ("1-2", "none"), ("0-3", "conv1"), ("1-3", "pool"))
    for new in OPERATIONS
    if new != old
)
SHOWN = "\n".join(
    f"{accuracy}: {cell}"
    for accuracy, cell in (
        (41.2, "pool none conv1 skip pool none"),
        (52.9, "skip conv1 pool none conv1 skip"),
        (60.4, "conv3 skip none conv1 conv1 skip"),
        (66.8, "conv3 skip none conv1 conv3 skip"),
    )
)


Cost = tuple[float, float, int, int, str]
"""Seconds, CPU seconds, tokens read, tokens written, the answer."""


class Rule(BaseModel):
    """A small record."""

    feature: Literal["convs", "skips", "pools", "depth"]
    direction: Literal["more", "fewer"]
    strength: int = Field(ge=1, le=5)
    reason: str = Field(max_length=80)


class Measurement(BaseModel):
    """One question form on one model; medians over the repeats.

    Attributes:
        seconds: wall-clock.
        cpu_seconds: of this process; on a busy machine the fairer figure.
        prompt_tokens: of the whole prompt, cached or not.
        completion_tokens: written.
        answer: of the last repeat, to look at.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    model: str
    threads: int
    form: str
    prefix: Literal["cold", "warm"]
    seconds: float
    cpu_seconds: float
    prompt_tokens: float
    completion_tokens: float
    answer: str


def questions(parent: str) -> dict[str, tuple[str, AnswerForm]]:
    """Name -> prompt and form, as the agents ask them."""
    word = f"({' | '.join(json.dumps(operation) for operation in OPERATIONS)})"
    pattern = f"({'|'.join(OPERATIONS)})"
    tried = f"Cell: {parent}\nEdits tried, with their gain:\n{EDITS[0]}: -1.4\n{EDITS[7]}: +0.8\n"
    listed = "\n".join(EDITS)
    return {
        "choice, 3 of 20 edits": (f"{tried}The best next edits:", Choice(options=EDITS, count=3)),
        "choice, 3 of 20 edits listed": (
            f"{tried}Edits not tried:\n{listed}\nThe best next edits:",
            Choice(options=EDITS, count=3),
        ),
        "choice, 1 of 20 edits": (f"{tried}The best next edit:", Choice(options=EDITS)),
        "lines, 4 cells": (
            f"Parent: {parent}\nCells by accuracy, the best last:\n{SHOWN}\n4 better cells:",
            Lines(grammar=' " " '.join([word] * 6), pattern=f"{pattern}( {pattern}){{5}}", count=4),
        ),
        "record, 4 fields": (f"Cell: {parent}\nA design rule for better cells:", Record(model=Rule)),
    }


async def measure(name: str, *, threads: int | None, repeats: int) -> tuple[float, list[Measurement]]:
    """``(seconds to load, measurements)`` of one model that is there."""
    path = models.find(name)
    assert path is not None
    llm = LocalLLM(path=path, name=name, threads=threads, timeout=300)
    found = []

    async def ask(form: str, system: str, parent: str, seed: int) -> Cost:
        prompt, answer_form = questions(parent)[form]
        began = time.process_time()
        answer = await llm.answer(
            LLMRequest(
                agent="benchmark", key=f"benchmark:{seed}", system=system, prompt=prompt, form=answer_form, seed=seed
            )
        )
        spent = time.process_time() - began
        return answer.seconds, spent, answer.prompt_tokens, answer.completion_tokens, answer.text

    load = await llm.load()
    for form in questions(""):
        runs: dict[Literal["cold", "warm"], list[Cost]] = {"cold": [], "warm": []}
        for repeat in range(repeats):
            # The number comes first, so that nothing but the template's own words is shared with another question.
            system = f"{form} {repeat}. " + (
                "You search for accurate neural network cells. A cell has six edges, 0-1, 0-2, 1-2, 0-3, 1-3 and 2-3, "
                "written in this order, each with one operation: none, skip, conv1, conv3 or pool."
            )
            runs["cold"].append(await ask(form, system, PARENTS[0], repeat))
            runs["warm"].extend([await ask(form, system, parent, repeat) for parent in PARENTS[1:]])
        for prefix, each in runs.items():
            seconds, cpu_seconds, read, written, texts = zip(*each, strict=True)
            found.append(
                Measurement(
                    model=name,
                    threads=llm.threads,
                    form=form,
                    prefix=prefix,
                    seconds=round(statistics.median(seconds), 2),
                    cpu_seconds=round(statistics.median(cpu_seconds), 2),
                    prompt_tokens=statistics.median(read),
                    completion_tokens=statistics.median(written),
                    answer=texts[-1],
                )
            )
    await llm.close()
    return load, found


def main() -> None:
    parser = argparse.ArgumentParser(description="Seconds and tokens of questions to local LLMs.")
    parser.add_argument("--models", nargs="*", default=[model.name for model in models.catalogue("llm")])
    parser.add_argument("--threads", type=int, help="default: $ILLUMINAS_LLM_THREADS or 1")
    parser.add_argument("--repeats", type=int, default=2)
    parser.add_argument("--json", action="store_true", help="one JSON object a measurement")
    options = parser.parse_args()
    there = [name for name in options.models if models.find(name)]
    if not there:
        raise SystemExit("no local model is there: illuminas models pull default")
    for name in there:
        load, found = asyncio.run(measure(name, threads=options.threads, repeats=options.repeats))
        if options.json:
            print("\n".join(each.model_dump_json() for each in found), flush=True)
            continue
        print(f"\n{name}, {found[0].threads} thread(s), loaded in {load:.1f} s")
        print(f"{'form':32} {'prefix':6} {'seconds':>8} {'cpu':>6} {'read':>6} {'written':>8}")
        for each in found:
            print(
                f"{each.form:32} {each.prefix:6} {each.seconds:8.2f} {each.cpu_seconds:6.2f} "
                f"{each.prompt_tokens:6.0f} {each.completion_tokens:8.0f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
