"""What the bench of LLMatic found, section by section."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from illuminas import __version__
from illuminas.memory.prompt_archive import BIN, CURIOSITY, Outcome
from illuminas.server.cli.bench.sections import Picture, Pictures, Section, Sheet
from illuminas.server.cli.output import big, duration, number

if TYPE_CHECKING:
    from illuminas.agents.bench.training_outcome import TrainingOutcome, TrainingRow
    from illuminas.memory.prompt_archive import PromptRecord

MOST_PROMPTS = 12
"""Cells of a prompt archive that the terminal shows; the report and ``--json`` have all."""

RESULTS = (">seeds", "method", ">val %", ">test %", ">≤ 1 pt", ">coverage", ">QD", ">trained", ">eval/h", ">time")
RESULTS_ARE = (
    "val and test: accuracy of the network of highest validation accuracy. ≤ 1 pt: networks at most one point below it "
    "by validation, itself among them. Coverage: share of the niches that are filled. QD: QD score, sum over niches of "
    "the best validation accuracy. Trained: share of the evaluations whose training came to its end. eval/h: "
    "evaluations an hour, without those that an earlier search had paid for. Time: of a search. Means over the seeds, "
    "± their standard deviation."
)
ANSWERS_ARE = (
    "A question is one place of a generation: the LLM is told to change a network, and told once more where its answer "
    "is refused. Shares are of the questions that got an answer. What is known before counts as built."
)
PROMPTS = (">temperature", "instruction", ">tried", ">entered", ">kept out", ">failed", ">curiosity", ">fitness")
PROMPTS_ARE = (
    "Entered: the network entered the archive. Kept out: it was trained and did not, or was known before. Failed: "
    f"nothing could be built or trained. Curiosity: their sum, counted {CURIOSITY[Outcome.ENTERED]:+.1f}, "
    f"{CURIOSITY[Outcome.KEPT_OUT]:+.1f} and {CURIOSITY[Outcome.FAILED]:+.1f}, over all seeds. Fitness: networks "
    "better than all before their generation."
)


def sections(found: Sequence[TrainingOutcome], pictures: Pictures) -> list[Section]:
    """A section a data set: its plots, the results, and what came of the LLM's answers and of its prompts."""
    made = []
    for title, outcomes in by_dataset(found):
        rows = [outcome.row() for outcome in outcomes]
        engines = frozenset(row.method for row in rows if row.answers is not None)
        results = Sheet("", RESULTS, list(map(_result_cells, rows)), RESULTS_ARE, engines)
        notes = (_failure_words(rows), _known_words(rows), _inheritance_words(outcomes, rows))
        shown = pictures.get(title, ())
        parts: list[Sheet | Picture | str] = [*shown, results, *filter(None, notes), *_answers(rows)]
        made.append(Section(title, [*parts, *(_prompts(row) for row in rows if row.prompts)]))
    return made


def preface(found: Sequence[TrainingOutcome]) -> str:
    """What was compared, and how."""
    chat_models = sorted({outcome.mind for outcome in found if outcome.mind != "none"})
    asked = f"The LLM: {', '.join(chat_models)}." if chat_models else "No LLM ran."
    return (
        f"illuminas {__version__}. The mode llmatic (arXiv 2306.01102) beside random layer lists and the engine "
        "without an LLM: the same data, epochs, seeds, niches and number of evaluations for each, all trained for "
        "real, one search after another on this machine. Every method searches by validation accuracy alone; the test "
        f"accuracy of a search's best network is looked up when it has ended. {asked}"
    )


def _answers(rows: Sequence[TrainingRow]) -> Iterator[Sheet]:
    chat_models = [row for row in rows if row.answers is not None]
    if chat_models:
        cells = [_answer_cells(row) for row in chat_models]
        lines = [(words, *(each[words] for each in cells)) for words in cells[0]]
        head = ("", *(f">{row.method}" for row in chat_models))
        yield Sheet("What came of the LLM's answers", head, lines, ANSWERS_ARE)


def _prompts(row: TrainingRow) -> Sheet:
    title = f"Prompts of {row.method}, the most curious of {len(row.prompts)} cells that were tried"
    return Sheet(title, PROMPTS, list(map(_prompt_cells, row.prompts)), PROMPTS_ARE, most=MOST_PROMPTS)


def by_dataset(found: Sequence[TrainingOutcome]) -> list[tuple[str, list[TrainingOutcome]]]:
    """Outcomes by data set, each with a title: ``digits: 60 evaluations, 8 epochs each``."""
    groups = groupby(sorted(found, key=lambda each: each.dataset), key=lambda each: each.dataset)
    listed = [list(group) for _, group in groups]
    return [(_title(each[0]), each) for each in listed]


def _title(outcome: TrainingOutcome) -> str:
    epochs = outcome.fidelity.partition(":")[2]
    trained = f"{epochs} epoch{'s' * (epochs != '1')} each"
    return f"{outcome.dataset}: {outcome.budget} evaluations, {trained}"


def _result_cells(row: TrainingRow) -> tuple[str, ...]:
    """Cells of :data:`RESULTS`."""
    return (
        str(row.seeds),
        row.method,
        _with_spread(row.val_mean, row.val_std),
        _with_spread(row.test_mean, row.test_std),
        f"{row.competitive:.3g}",
        f"{row.coverage:.0%}",
        f"{row.qd_score:.0f}",
        f"{row.trained:.0%}",
        number(row.evaluations_per_hour, ".0f"),
        duration(row.seconds),
    )


def _failure_words(rows: Sequence[TrainingRow]) -> str:
    """``Failures: llmatic --llm none 2 timeout.``; empty where there is none."""
    told = [
        f"{row.method} {', '.join(f'{count} {status}' for status, count in row.failures.items() if count)}"
        for row in rows
        if any(row.failures.values())
    ]
    return f"Failures: {'; '.join(told)}." if told else ""


def _known_words(rows: Sequence[TrainingRow]) -> str:
    """Whose time is shorter because an earlier search had paid; empty where nobody's is."""
    told = [f"{row.method} {row.known:.3g} of {row.evaluations:.3g}" for row in rows if row.known]
    return f"Evaluations that an earlier search had paid for: {'; '.join(told)}." if told else ""


def _inheritance_words(outcomes: Sequence[TrainingOutcome], rows: Sequence[TrainingRow]) -> str:
    """Who starts from trained weights, and how much of a network that is."""
    heirs = [
        f"{row.method} ({row.inherited:.0%} of the parameters)" if row.inherited is not None else row.method
        for outcome, row in zip(outcomes, rows, strict=True)
        if outcome.inherits
    ]
    others = [outcome.method for outcome in outcomes if not outcome.inherits]
    parts = [f"a child starts from its parent's trained weights in {', '.join(heirs)}"] if heirs else []
    parts += [f"all networks train from scratch in {', '.join(others)}"] if others else []
    return f"Inheritance: {'; '.join(parts)}."


def _answer_cells(row: TrainingRow) -> dict[str, str]:
    """What came of the questions to the LLM: the words for each figure, and the figure."""
    answers = row.answers
    assert answers is not None, "asked of rows with an LLM alone"
    return {
        "questions to the LLM": str(answers.questions),
        "of them without an answer": str(answers.silent),
        "calls of the LLM for them": str(answers.calls),
        "first answer can be built": _share(answers.builds_first),
        "first answer or repair can be built": _share(answers.builds),
        "first answer is new and can be built": _share(answers.new_first),
        "repair is new and can be built": _share(answers.new_repaired),
        "only repeats what is known": _share(answers.repeated),
        "nothing can be built": _share(answers.unbuildable),
        "its networks that were evaluated": str(answers.evaluated),
        "of them trained to the end": _share(answers.trained),
        "calls a search": f"{row.llm_calls:.0f}",
        "tokens a search": big(row.llm_tokens),
        "time of the LLM a search": duration(row.llm_seconds),
    }


def _prompt_cells(record: PromptRecord) -> tuple[str, ...]:
    """Cells of :data:`PROMPTS`."""
    return (
        f"{record.temperature:.1f}–{record.temperature + BIN:.1f}",
        record.instruction,
        str(record.tried),
        str(record.entered),
        str(record.tried - record.entered - record.failed),
        str(record.failed),
        f"{record.curiosity:+.1f}",
        str(record.fitness),
    )


def _with_spread(mean: float | None, spread: float | None) -> str:
    return number(mean) if spread is None else f"{number(mean)} ± {spread:.2f}"


def _share(value: float | None) -> str:
    return number(value, ".0%")
