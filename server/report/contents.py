"""What stands in the report of a run. Of accuracies it tells those of validation alone."""

from __future__ import annotations

import json
import shlex
from collections import Counter, defaultdict
from pprint import pformat
from typing import Any

from illuminas.agents.config import SearchConfig
from illuminas.agents.options import SearchOption, options_of
from illuminas.memory.heuristics import HeuristicStatus
from illuminas.memory.knowledge_history import KnowledgeHistory
from illuminas.memory.run import Run
from illuminas.server.report.document import Code, Document, Drawing, Facts, Part, Plot, Section, Table, Words, table
from illuminas.server.report.knowledge import of_the_knowledge
from illuminas.server.services.costs import costs
from illuminas.server.services.reports import architecture_line, caps
from illuminas.server.viz.drawings.drawing import draw, draw_text
from illuminas.server.viz.plots import Panel
from illuminas.tools.evaluation.evaluators import short_dataset
from illuminas.tools.figures import big, dollars, duration, number
from illuminas.tools.objectives import FRONT_WORDS
from illuminas.tools.spaces import NetworkShape
from illuminas.tools.tasks import has_images

ALWAYS = ("mode", "space", "dataset", "llm", "evaluations", "seed")
"""Settings that are named even where they are the defaults."""


def how_to_repeat(run: Run) -> list[Part]:
    """The parts of the section."""
    config = SearchConfig.model_validate(run.settings)
    given, differs = config.model_dump(mode="json"), _given(config)
    words = "The same seed on the same table with the same answers of an LLM gives the same log, times aside."
    if run.state.steering.acts:
        words += " What people asked on the way is not in this."
    others = sorted(differs.keys() - options_of(SearchConfig, "cli").keys())
    more = f", which has these settings besides: {', '.join(others)}" if others else ""
    return [
        Words(words),
        Code(command_of(config)),
        Words(f"The same in Python{more}:"),
        Code(
            f"from illuminas import Search, SearchConfig\n\nconfig = {pformat(differs, sort_dicts=False, width=100)}\n"
            "Search(SearchConfig(**config)).run()"
        ),
        Code(json.dumps(given, indent=2), title="Every setting"),
    ]


def command_of(config: SearchConfig) -> str:
    """A search as it is begun on the command line, by the options that are not at their defaults."""
    options, given = options_of(SearchConfig, "cli"), _given(config)
    names = [name for name in ("mode", *options) if name in given]
    return " ".join(
        ["illuminas search", *(flag for name in dict.fromkeys(names) for flag in _flags(options[name], given[name]))]
    )


def _given(config: SearchConfig) -> dict[str, Any]:
    """The settings that are not at the defaults of the mode and space, and those that are always told."""
    defaults = SearchConfig(mode=config.mode, space=config.space).model_dump(mode="json")
    given = config.model_dump(mode="json").items()
    return {name: value for name, value in given if value != defaults[name] or name in ALWAYS}


def _flags(option: SearchOption, value: Any) -> list[str]:
    """An option as it is given on the command line, once for each of its values."""
    if isinstance(value, bool):
        return [option.flag] if value else []
    if isinstance(value, dict):
        value = [f"{key}={each}" for key, each in value.items() if each is not None]
    values = value if isinstance(value, list) else [value]
    written = (f"{each:g}" if isinstance(each, float) else str(each) for each in values)
    return [f"{option.flag} {shlex.quote(each)}" for each in written]


ROWS = 100
"""Rows of a table."""
DRAWN = 6
"""Architectures of the front that are drawn, spread over it."""


def contents(run: Run, history: KnowledgeHistory) -> Document:
    """The report of a run as it stands."""
    state = run.state
    sections = [
        Section("In short", [_in_short(run, history)]),
        Section("What was searched, and how", _searched(run)),
        Section("The result", _result(run)),
        Section("How it went", _course(run)),
        Section("What was learned", of_the_knowledge(run, history)),
        Section("What people asked", _asked(run)),
        Section("What it cost", _cost(run)),
        Section("What failed", _failed(run)),
        Section("How to repeat it", how_to_repeat(run)),
    ]
    return Document(
        f"Report of {run.id}", _summary(run), sections if state.evaluations else [*sections[:2], *sections[5:]]
    )


def _summary(run: Run) -> str:
    state, config = run.state, run.settings
    device = "" if run.device is None else f" for {run.device}"
    begin = f"A search for {run.space.plural} on {short_dataset(str(config['dataset']))}{device}, {run.status}"
    if state.best is None:
        return f"{begin}, with {len(state.evaluations)} evaluations and no success so far."
    words = run.space.title(run.architecture(state.best.hash))
    front = f" The Pareto front has {len(run.front)} of them." if run.front else ""
    return (
        f"{begin}: {len(state.evaluations)} evaluations, {len(state.failures)} of them failed. The best reaches "
        f"{run.figures(state.best.hash)} ({words}).{front}"
    )


def _in_short(run: Run, history: KnowledgeHistory) -> Facts:
    state = run.state
    figures = state.figures[-1] if state.figures else None
    rules = history.as_of().values()
    active = sum(each.status is HeuristicStatus.ACTIVE for each in rules)
    volume = None if figures is None else figures.hypervolume
    return Facts(
        [
            ("status", run.status if state.ended is None else f"{run.status}: {state.ended}"),
            ("evaluations", f"{len(state.evaluations)}, {len(state.failures)} failed, in {state.round} rounds"),
            (f"best {state.primary.words}", "none yet" if state.best is None else run.figures(state.best.hash)),
            ("Pareto front", _front(run)),
            ("hypervolume", f"{number(volume, '.4f')} (higher is better, at most 1)" if volume is not None else "–"),
            ("coverage", "–" if figures is None else f"{figures.coverage:.0%} of the niches that can be reached"),
            ("QD score", "–" if figures is None else f"{figures.qd_score:.1f} (sum over the elites)"),
            ("rules", f"{active} confirmed by the data, of {len(rules)} proposed"),
            ("LLM", _llm(run)),
            ("wall-clock time", duration(state.seconds)),
        ]
    )


def _front(run: Run) -> str:
    if len(run.state.objectives) < 2:
        return "none: the run has one objective"
    return f"{len(run.front)} architectures" if run.front else "none yet"


def _llm(run: Run) -> str:
    name, use = run.state.started.llm.name, run.state.llm
    if name == "none":
        return "none: statistical agents"
    return f"{name}: {use.calls} calls, {use.failures} failed, {big(use.tokens)} tokens{dollars(use.cost)}"


def _searched(run: Run) -> list[Part]:
    config, task = run.settings, run.state.started.task
    niches = "not made yet"
    if run.state.partition is not None:
        reachable = run.state.partition.reachable
        named = "; ".join(run.niche_words[niche] for niche in reachable[:8])
        niches = f"{len(reachable)}: {named}{' …' if len(reachable) > 8 else ''}"
    limits = ", ".join(f"{value:,g} {name}" for name, value in caps(run).items() if value is not None)
    shape = task.shape
    return [
        Facts(
            [
                ("search space", f"{config['space']}: {run.space.summary}"),
                ("data set", _data_words(str(config["dataset"]), shape)),
                ("measured by", _measured(task.fidelity)),
                ("objectives", "; ".join(each.words for each in run.state.objectives)),
                ("device", run.device_words or "none"),
                ("niches", niches),
                ("mode", str(config["mode"])),
                ("LLM", _llm(run)),
                ("budget", limits or "none"),
                ("seed", str(config["seed"])),
                ("sandbox of generated source", run.state.started.sandbox or "not needed"),
                ("version", f"illuminas {run.state.started.version}"),
            ]
        )
    ]


def _data_words(dataset: str, shape: NetworkShape) -> str:
    """The data set, with the size of its images where it has some."""
    return f"{dataset} ({shape.image_size} × {shape.image_size} pixels)" if has_images(dataset) else dataset


def _measured(fidelity: str) -> str:
    _, trained, epochs = fidelity.partition("train:")
    return f"training of {epochs} epochs" if trained else fidelity


_HEAD = ("architecture", ">objectives", ">parameters", ">MACs", "niche", "operator", ">round")


def _row(run: Run, hash_: str) -> tuple[str, ...]:
    line = architecture_line(run, hash_)
    return (
        line.words,
        line.figures or "–",
        "–" if line.params is None else big(line.params),
        "–" if line.macs is None else big(line.macs),
        line.niche_words or "–",
        line.operator.value,
        str(line.round),
    )


def _result(run: Run) -> list[Part]:
    state = run.state
    parts: list[Part] = [Plot(Panel.PARETO)]
    front = list(state.front)
    if front:
        parts.append(Words(f"The Pareto front ({FRONT_WORDS})."))
        parts.append(table(_HEAD, [_row(run, hash_) for hash_ in front[:ROWS]], ROWS))
    best = [state.best.hash] if state.best is not None else []
    for hash_ in _spread(front, DRAWN) or best:
        architecture, row = run.architecture(hash_), _row(run, hash_)
        markup = draw(run.space, architecture, run.shape)
        text = draw_text(run.space, architecture, run.shape)
        parts.append(Drawing(f"{row[0]}: {row[1]}, {row[2]} parameters", markup, text))
    elites = [_row(run, hash_) for _, hash_ in sorted(state.elites.items())]
    parts += [Plot(Panel.NICHES), Words("The elite of every niche that is filled."), table(_HEAD, elites, ROWS)]
    return parts


def _spread(hashes: list[str], most: int) -> list[str]:
    """At most so many, with both ends, evenly between them."""
    if len(hashes) <= most:
        return hashes
    return [hashes[round(place * (len(hashes) - 1) / (most - 1))] for place in range(most)]


def _course(run: Run) -> list[Part]:
    rows = [
        (each.value, str(record.proposed), str(record.evaluated), str(record.elites))
        for each, record in run.state.operators.items()
    ]
    return [
        Plot(Panel.PROGRESS),
        Plot(Panel.QUALITY),
        Plot(Panel.OPERATORS),
        Words("What each operator achieved: proposals that were new, those evaluated, and elites that it brought."),
        Table(("operator", ">proposed", ">evaluated", ">elites"), rows),
    ]


def _asked(run: Run) -> list[Part]:
    acts = run.state.steering.acts
    if not acts:
        return [Words("Nobody steered the search.")]
    rows = [
        (
            str(act.number),
            str(act.round),
            f"{act.author}, via {act.via}",
            act.words,
            "in force" if act.undone_by is None else f"undone by {act.undone_by}",
        )
        for act in acts
    ]
    return [table((">directive", ">round", "by", "what", "state"), rows, ROWS)]


def _cost(run: Run) -> list[Part]:
    spent = costs(run, None, None)
    rows = [
        (agent, str(each.calls), str(each.failures), big(each.tokens), duration(each.seconds))
        for agent, each in spent.by_agent.items()
    ]
    facts: list[Part] = [
        Facts(
            [
                ("began", spent.begin),
                ("wall-clock time", f"{duration(run.state.seconds)}, without the time that a person held it up"),
                ("evaluations", f"{spent.evaluations}, {spent.cached} of them paid for before"),
                ("training", f"{duration(spent.training_seconds)} in all, as it cost when it was done"),
                ("LLM", _llm(run)),
            ]
        )
    ]
    return [*facts, Table(("agent", ">calls", ">failed", ">tokens", ">time"), rows)] if rows else facts


def _failed(run: Run) -> list[Part]:
    if not run.state.failures:
        return [Words("No evaluation failed.")]
    reasons = Counter(
        (each.status.value, each.reason.splitlines()[0] if each.reason else "") for each in run.state.failures
    )
    examples = defaultdict(list)
    for each in run.state.failures:
        key = (each.status.value, each.reason.splitlines()[0] if each.reason else "")
        examples[key].append(run.space.title(run.architecture(each.hash)))
    rows = [
        (str(count), status, reason, examples[status, reason][0]) for (status, reason), count in reasons.most_common()
    ]
    return [table((">times", "status", "reason", "for example"), rows, ROWS)]
