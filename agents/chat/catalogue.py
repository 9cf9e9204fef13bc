"""The catalogue of slash commands."""

from __future__ import annotations

import re

from illuminas.agents.chat import arguments as a
from illuminas.agents.chat.commands import Command, Given, Step, find_command, split
from illuminas.agents.chat.conditions import none_of, predicate_of
from illuminas.agents.chat.lexicon import NUMBER, feature_of, number, things
from illuminas.agents.chat.looks import (
    Best,
    Compare,
    Cost,
    Help,
    InForce,
    Learned,
    Niches,
    OneHeuristic,
    Plot,
    Runs,
    Show,
    Status,
    Why,
)
from illuminas.agents.chat.scene import Scene
from illuminas.memory.directives import (
    AddHeuristic,
    AnswerQuestion,
    Avoid,
    Explore,
    Focus,
    Limit,
    Pause,
    PinHeuristic,
    Require,
    Resume,
    RetireHeuristic,
    RewordHeuristic,
    Seed,
    SetBudget,
    Stop,
    Undo,
    Weigh,
)
from illuminas.tools.spaces import InvalidArchitecture

TIMES = {"seconds": 1.0, "minutes": 60.0, "hours": 3600.0}
AMOUNTS = {"more": 0.75, "less": 0.25, "balanced": 0.5}
"""Words for how much to explore; 0.5 is the default."""


def _bounded(text: str) -> tuple[str, float]:
    """``(most or least, value)`` of a bound; a bare number is the most."""
    match = re.fullmatch(rf"(<=|>=|<|>)?\s*({NUMBER})(?:\s?ms)?", text.strip(), re.IGNORECASE)
    if match is None:
        raise ValueError(f"expected a bound as <=4 or 300k, got {text!r}")
    return ("least" if (match[1] or "").startswith(">") else "most"), number(match[2])


def _limit(given: Given, scene: Scene) -> Limit:
    side, value = _bounded(given["VALUE"])
    name = given["QUANTITY"].lower()
    if "DEVICE" in given:
        name += f":{scene.device_of(given['DEVICE'])}"
    return Limit.model_validate({"objective": name, side: value})


def _forbid(given: Given, scene: Scene) -> Require:
    named = given["THING"].strip()
    if re.fullmatch(things(scene.space), named, re.IGNORECASE) is None:
        raise ValueError(f"the search space {scene.space_name} counts no {named!r}")
    return Require(predicate=none_of(feature_of(named, scene.space), scene.space))


def _require(given: Given, scene: Scene) -> Require:
    return Require(predicate=predicate_of(given["PREDICATE"], scene.space))


def _niches(text: str, scene: Scene) -> tuple[int, ...]:
    """Niches by numbers or by words; ``empty`` are those without an elite."""
    if re.fullmatch(r"[\d\s,]+", text):
        return tuple(scene.niche_of(each) for each in re.findall(r"\d+", text))
    if text.strip().lower() == "empty":
        if not scene.empty:
            raise ValueError("no niche is empty")
        return scene.empty
    return (scene.niche_of(text),)


def _focus(given: Given, scene: Scene) -> Focus:
    text = given["NICHES"]
    return Focus(niches=() if text.lower() in ("all", "none") else _niches(text, scene))


def _weigh(given: Given, scene: Scene) -> Weigh:
    told = [number(given[each.name]) for each in WEIGHTS if each.name in given]
    if len(told) != len(scene.objectives):
        raise ValueError(f"expected a weight for each of {', '.join(scene.objectives)}, got {len(told)}")
    return Weigh(weights=dict(zip(scene.objectives, told, strict=True)))


def _budget(given: Given, scene: Scene) -> SetBudget:
    unit, text = given["UNIT"].lower(), given["AMOUNT"]
    name, amount = ("seconds" if unit in TIMES else unit), number(text.lstrip("+ ")) * TIMES.get(unit, 1.0)
    if text.startswith("+"):  # on top of the cap, or without one of what is spent
        amount += scene.caps.get(name) or scene.spent.get(name, 0.0)
    return SetBudget.model_validate({name: amount})


def _explore(given: Given, scene: Scene) -> Explore:
    text = given["AMOUNT"].lower()
    if text in AMOUNTS:
        return Explore(amount=AMOUNTS[text])
    return Explore(amount=number(text.rstrip("% ")) / (100 if text.endswith("%") else 1))


def _seed(given: Given, scene: Scene) -> Seed:
    return Seed(architecture=architecture_text(given["ARCHITECTURE"], scene))


def architecture_text(text: str, scene: Scene) -> str:
    """An architecture as its space publishes it, from that or from its short notation.

    Raises:
        IlluminasError: it is none.
    """
    try:
        return scene.space.parse(text).text
    except InvalidArchitecture as error:
        try:
            return scene.space.from_words(text).text
        except InvalidArchitecture:
            raise error from None


def _rule(given: Given, scene: Scene) -> AddHeuristic:
    return AddHeuristic.model_validate(
        {
            "predicate": predicate_of(given["PREDICATE"], scene.space),
            "direction": given["raises|lowers"].lower(),
            "objective": given.get(a.MOVED.name, "").lower(),
        }
    )


def _undo(given: Given, scene: Scene) -> Undo:
    if "NUMBER" in given:
        return Undo(directive=int(given["NUMBER"]))
    if scene.last_act is None:
        raise ValueError("nothing was asked in this chat that could be undone; see /directives")
    return Undo(directive=scene.last_act)


def _answer(given: Given, scene: Scene, *, approved: bool) -> AnswerQuestion:
    named = tuple(re.findall(r"[\w:-]+", given.get("IDS", "")))
    rejected = tuple(each for each in named if each not in ("but", "and", "except"))
    return AnswerQuestion(
        question=scene.question.key if scene.question else "", approved=approved or bool(rejected), rejected=rejected
    )


_BEST = re.compile(
    rf"latency\s*(?P<latency>{a.BOUND.pattern})(?:\s+(?!params|macs|accuracy|niche|with|by|on|device)(?P<device>\S+))?"
    rf"|params\s*(?P<params>{a.BOUND.pattern})|macs\s*(?P<macs>{a.BOUND.pattern})"
    rf"|accuracy\s*(?P<accuracy>{a.BOUND.pattern})\s?%?|niche\s+(?P<niche>\d+)|by\s+(?P<sort>\w+)"
    r"|(?:on|device)\s+(?P<on>\S+)|with\s+(?P<predicate>.+)",
    re.IGNORECASE,
)


def _best(given: Given, scene: Scene) -> Best:
    rest = given.get("FILTERS", "").strip()
    found: dict[str, str] = {}
    while rest:
        match = _BEST.match(rest)
        if match is None:
            raise ValueError(f"expected latency, params, macs, accuracy, niche, by or with, got {rest[:60]!r}")
        found |= {name: value for name, value in match.groupdict().items() if value is not None}
        rest = rest[match.end() :].lstrip(" ,")
    device = found.get("device") or found.get("on")
    filters = {
        "max_latency_ms": _bounded(found["latency"])[1] if "latency" in found else None,
        "device": scene.device_of(device) if device else None,
        "max_params": _bounded(found["params"])[1] if "params" in found else None,
        "max_macs": _bounded(found["macs"])[1] if "macs" in found else None,
        "min_accuracy": _bounded(found["accuracy"])[1] if "accuracy" in found else None,
        "niche": scene.niche_of(found["niche"]) if "niche" in found else None,
        "predicate": predicate_of(found["predicate"], scene.space) if "predicate" in found else None,
        "sort": found.get("sort", "accuracy").lower(),
    }
    return Best.model_validate(filters)


def _show(given: Given, scene: Scene) -> Show:
    text = given.get("HASH|niche N|best", "best")
    if match := re.fullmatch(r"niche\s+(.+)", text, re.IGNORECASE):
        return Show(niche=scene.niche_of(match[1]))
    if text.lower() == "best" or re.fullmatch(r"[0-9a-f]{4,16}", text):
        return Show(architecture=text.lower())
    return Show(architecture=architecture_text(text, scene))


def _learned(given: Given, scene: Scene) -> Learned | OneHeuristic:
    about = given.get("ABOUT", "")
    return OneHeuristic(heuristic=about) if re.fullmatch(r"h-\w+", about) else Learned(about=about)


WEIGHTS = (
    a.WEIGHT._replace(name="FIRST"),
    a.WEIGHT._replace(name="SECOND"),
    a.WEIGHT._replace(name="THIRD").or_none(),
    a.WEIGHT._replace(name="FOURTH").or_none(),
)
"""One an objective of the run, in their order."""

COMMANDS: dict[str, Command] = {
    command.name: command
    for command in (
        Command("limit", (a.QUANTITY, a.BOUND, a.DEVICE.or_none()),
                "only architectures within a bound", "/limit latency 4 fpga", _limit),
        Command("require", (a.PREDICATE,), "only architectures of which a condition holds",
                "/require pools == 0", _require),
        Command("forbid", (a.THING,), "only architectures without something", "/forbid pool", _forbid),
        Command("focus", (a.NICHES,), "work on these niches alone; 'empty', or 'all' to end it", "/focus 3 4", _focus),
        Command("avoid", (a.NICHES,), "evaluate nothing in these niches any more", "/avoid 0",
                lambda given, scene: Avoid(niches=_niches(given["NICHES"], scene))),
        Command("weigh", WEIGHTS, "how much each objective counts, in the run's order",
                "/weigh 3 1", _weigh),
        Command("budget", (a.UNIT, a.AMOUNT), "what the run may spend in all, or with + what it may spend more",
                "/budget evaluations +50", _budget),
        Command("explore", (a.SHARE,), "how much the unknown draws the search, 0 to 1; 'more', 'less', 'balanced'",
                "/explore 0.8", _explore),
        Command("pause", (), "start nothing new until /resume", "/pause", lambda given, scene: Pause()),
        Command("resume", (), "go on after a pause", "/resume", lambda given, scene: Resume()),
        Command("stop", (), "end the search; it can go on later", "/stop", lambda given, scene: Stop()),
        Command("seed", (a.ARCHITECTURE,), "evaluate an architecture of yours next",
                "/seed conv3 skip conv1 none skip conv3", _seed),
        Command("rule", (a.PREDICATE, a.DIRECTION, a.MOVED.or_none()), "have a rule of yours tested",
                "/rule pools >= 1 lowers accuracy", _rule),
        Command("pin", (a.HEURISTIC,), "have a rule guide the search whatever the data say", "/pin h-12ab34",
                lambda given, scene: PinHeuristic(heuristic=given["ID"])),
        Command("unpin", (a.HEURISTIC,), "leave it to the data again", "/unpin h-12ab34",
                lambda given, scene: PinHeuristic(heuristic=given["ID"], pinned=False)),
        Command("retire", (a.HEURISTIC, a.REASON), "take a rule out of use",
                "/retire h-12ab34 too few examples",
                lambda given, scene: RetireHeuristic(heuristic=given["ID"], reason=given.get("TEXT", ""))),
        Command("reword", (a.HEURISTIC, a.WORDING), "say a rule in other words", "/reword h-12ab34 pooling hurts",
                lambda given, scene: RewordHeuristic(heuristic=given["ID"], text=given["TEXT"])),
        Command("undo", (a.ACT.or_none(),), "take a directive back; without a number this chat's last",
                "/undo 3", _undo),
        Command("approve", (a.OPTIONS.or_none(),), "say yes to what the search asks, but for these ids", "/approve",
                lambda given, scene: _answer(given, scene, approved=True), asked=True),
        Command("reject", (a.OPTIONS.or_none(),), "say no to it, or to these ids alone", "/reject",
                lambda given, scene: _answer(given, scene, approved=False), asked=True),
        Command("directives", (), "what people asked of this run", "/directives",
                lambda given, scene: InForce(), looks=True),
        Command("best", (a.FILTERS.or_none(),),
                "the best: latency <=3 [DEVICE], params <=300k, accuracy >=90, niche 4, by latency, with pools == 0",
                "/best latency <=3 params <=300k", _best, looks=True),
        Command("niches", (), "every niche with its elite", "/niches", lambda given, scene: Niches(), looks=True),
        Command("why", (a.NICHE,), "why a niche is as it is", "/why 4",
                lambda given, scene: Why(niche=scene.niche_of(given["NICHE"])), looks=True),
        Command("show", (a.SHOWN.or_none(),), "one architecture with its drawing", "/show niche 3", _show, looks=True),
        Command("learned", (a.ABOUT.or_none(),), "what the run learned, about something, or one rule's history",
                "/learned pooling", _learned, looks=True),
        Command("compare", (a.RUN,), "this run beside another", "/compare last",
                lambda given, scene: Compare(run=scene.run_of(given["RUN"])), looks=True),
        Command("cost", (a.MINUTES.or_none(),), "what was spent, in the last minutes or in all", "/cost 60",
                lambda given, scene: Cost(minutes=number(given["MINUTES"]) if given else None), looks=True),
        Command("plot", (a.PLOT.or_none(),), "a picture: pareto, niches, progress or knowledge", "/plot pareto",
                lambda given, scene: Plot.model_validate({"plot": given.get("KIND", "pareto").lower()}), looks=True),
        Command("status", (), "how the run stands", "/status", lambda given, scene: Status(), looks=True),
        Command("runs", (), "the runs that there are", "/runs", lambda given, scene: Runs(), looks=True),
        Command("help", (a.COMMAND.or_none(),), "what can be typed", "/help limit",
                lambda given, scene: Help(command=given.get("COMMAND", "")), looks=True),
    )
}  # fmt: skip
"""Name -> command, in the order in which help shows them."""


def read_command(line: str, scene: Scene) -> Step:
    """The step of a line that begins with a slash.

    Raises:
        IlluminasError: no such command, or its arguments are not as expected.
    """
    name, rest = split(line)
    return find_command(name, COMMANDS).read(rest, scene)
