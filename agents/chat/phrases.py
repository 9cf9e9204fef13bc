"""Phrases: how people say in plain words what a command says, and the command that each stands for.

In a phrase ``(a|b)`` are alternatives, ``[...]`` may be missing, and ``{name}`` or ``{name:slot}`` is filled by one of
:mod:`illuminas.agents.chat.slots`. Small words (``the``, ``cells``, ``please``) may stand anywhere between the others.
In a command ``[...]`` is left out where its first name is not filled. Of several phrases that fit, the longest counts.
"""

from __future__ import annotations

Phrase = tuple[str, str]

DIRECTIVES: tuple[Phrase, ...] = (
    # limits
    ("[(keep|limit|restrict)] [latency] {bound} {ms} [latency] [{device}]", "/limit latency {bound}{ms} {device}"),
    ("(keep|limit|restrict) latency {ms} [{device}]", "/limit latency <={ms} {device}"),
    ("(keep|limit|restrict) [latency] [{device}] {bound} {ms}", "/limit latency {bound}{ms} {device}"),
    ("[(keep|limit|restrict)] [{size}] {bound} {number}", "/limit {size} {bound}{number}"),
    ("[(keep|limit|restrict)] {bound} {number} {size}", "/limit {size} {bound}{number}"),
    ("(limit|restrict) {size} {number}", "/limit {size} <={number}"),
    # required and forbidden
    ("(avoid|forbid|ban|drop|exclude|stop using|get rid|do not|don't|never) {thing}", "/forbid {thing}"),
    ("[(require|need|needs|include|insist|always|must contain|must)] {condition}", "/require {condition}"),
    # niches
    ("(focus|concentrate|work|go) [all] [niche] {niches} [alone]", "/focus {niches}"),
    ("(fill) {niches}", "/focus {niches}"),
    ("(forget|drop|lift|end) (focus)", "/focus all"),
    ("(focus|work|search) (everything|everywhere|every niche|all niches) [again]", "/focus all"),
    ("(avoid|leave|skip|ignore|keep out|stay out|stay away|forget) {niches} [(alone|out)]", "/avoid {niches}"),
    # weights
    ("(weigh|weight|value|count) accuracy {times} [as] [(much|high|highly)] [as] latency", "/weigh {times} 1"),
    ("accuracy (counts|matters|weighs|important) {times} [as] [(much|important)] [as] latency", "/weigh {times} 1"),
    ("(weigh|weight|value|count) latency {times} [as] [(much|high|highly)] [as] accuracy", "/weigh 1 {times}"),
    ("latency (counts|matters|weighs|important) {times} [as] [(much|important)] [as] accuracy", "/weigh 1 {times}"),
    ("(weigh|weight) [accuracy] [latency] {a:number} (to|:|against) {b:number}", "/weigh {a} {b}"),
    ("accuracy [(counts|matters)] more [(important)] than latency", "/weigh 2 1"),
    ("latency [(counts|matters)] more [(important)] than accuracy", "/weigh 1 2"),
    ("(ignore|forget|never mind) latency", "/weigh 1 0"),
    ("(ignore|forget|never mind) accuracy", "/weigh 0 1"),
    ("[(weigh|weight)] [accuracy] [latency] [both] equally", "/weigh 1 1"),
    # budget
    ("[(spend|give|add|run|take|make|allow)] {extra}", "/budget {extra}"),
    ("(spend|use|budget|run|allow|set budget|give) [to] [{bound}] {amount} [(in all|altogether|in total)]",
     "/budget {amount}"),
    ("[budget] {bound} {amount} [(in all|altogether|in total)]", "/budget {amount}"),
    ("(stop|end) after {amount}", "/budget {amount}"),
    # exploration
    ("(explore more|be bolder|more exploration|try wilder things)", "/explore more"),
    ("(exploit more|explore less|be more careful|less exploration|more exploitation)", "/explore less"),
    ("(explore|exploration) [at] {share}", "/explore {share}"),
    ("(explore as much as exploit|balance exploration|explore normally)", "/explore balanced"),
    # the course of the search
    ("(pause|hold on|wait|take a break) [search] [run] [moment]", "/pause"),
    ("(go on|resume|continue|carry on|unpause) [search] [run]", "/resume"),
    ("(stop|end|halt|finish) [search] [run] [here]", "/stop"),
    ("(enough)", "/stop"),
    # architectures and rules
    ("(try|seed|evaluate|test|check) {architecture}", "/seed {architecture}"),
    ("(add|test|check|note|take|try) [(rule|heuristic)] [that] {condition} {effect}", "/rule {condition} {effect}"),
    ("(pin|trust|keep) [(rule|heuristic)] {heuristic}", "/pin {heuristic}"),
    ("(unpin) [(rule|heuristic)] {heuristic}", "/unpin {heuristic}"),
    ("(retire|drop|remove|delete|forget) [(rule|heuristic)] {heuristic} [(because|since|as|:)] [{text}]",
     "/retire {heuristic} {text}"),
    ("(reword|rephrase|word|rename) [(rule|heuristic)] {heuristic} (as|to|:) {text}", "/reword {heuristic} {text}"),
    ("(undo|take back|revert) [(that|last|last one|last directive)]", "/undo"),
    ("(undo|take back|revert) [(directive|number)] {act}", "/undo {act}"),
    ("(take that back|never mind that|forget that)", "/undo"),
)  # fmt: skip
"""What changes the search."""

ANSWERS: tuple[Phrase, ...] = (
    ("(approve|approved|yes|ok|okay|agreed|accept|go ahead|sounds good) [all] [(but|except) {ids}]", "/approve {ids}"),
    ("(reject|rejected|no|refuse|disagree) [all]", "/reject"),
    ("(reject|refuse) {ids}", "/reject {ids}"),
)
"""What answers a question of the search; understood while one is open."""

LOOKS: tuple[Phrase, ...] = (
    ("[{opening}] best [{niche}] [{bound} {ms}] [{device}] [{niche2:niche}]",
     "/best [niche {niche}] [niche {niche2}] [latency {bound}{ms}] [on {device}]"),
    ("[{opening}] best {bound} {number} {size}", "/best {size} {bound}{number}"),
    ("[{opening}] best {condition}", "/best with {condition}"),
    ("[{opening}] (cheapest|fastest) [{bound} {percent}] [{niche}]",
     "/best by latency [accuracy {bound}{percent}] [niche {niche}]"),
    ("[{opening}] (smallest) [{bound} {percent}] [{niche}]",
     "/best by params [accuracy {bound}{percent}] [niche {niche}]"),
    ("{opening} (front|pareto front)", "/plot pareto"),
    ("{opening} {bound} {ms} [{device}]", "/best latency {bound}{ms} [on {device}]"),
    ("why {niche} [empty] [bad] [weak] [stuck] [good]", "/why {niche}"),
    ("(explain|describe|tell about|what about) {niche}", "/why {niche}"),
    ("what {niche}", "/why {niche}"),
    ("[what] [have] (learned|learnt|learn|know|found out|discovered) [so far]", "/learned"),
    ("[what] [have] (learned|learnt|learn|know|found out|discovered) about {text}", "/learned {text}"),
    ("{opening} (rules|heuristics) [so far]", "/learned"),
    ("{opening} (rules|heuristics) (about|on) {text}", "/learned {text}"),
    ("{opening} [(rule|heuristic)] {heuristic}", "/learned {heuristic}"),
    ("(show|draw|see) [best] elite", "/show best"),
    ("(show|draw|see) [(cell|network)] best", "/show best"),
    ("(show|draw|see) best [elite] {niche}", "/show niche {niche}"),
    ("(show|draw|see) elite {niche}", "/show niche {niche}"),
    ("(show|draw|see) {niche} [elite]", "/show niche {niche}"),
    ("(show|draw|see) {hash}", "/show {hash}"),
    ("(show|draw|see) {architecture}", "/show {architecture}"),
    ("{opening} (niches|elites|archive|map) [empty]", "/niches"),
    ("compare [this run] (with|to|against) {run}", "/compare {run}"),
    ("[what] (cost|spent|spend|used) [so far]", "/cost"),
    ("[what] [did] {minutes} (cost|take)", "/cost {minutes}"),
    ("{opening} (cost|costs|expenses) [{minutes}]", "/cost {minutes}"),
    ("what (spent|spend|used|cost) {minutes}", "/cost {minutes}"),
    ("how (much|many) [money] [tokens] (cost|spent|spend|used|use) [so far]", "/cost"),
    ("how (going|far|progress|things|search) [going] [come]", "/status"),
    ("(status|progress|what doing|what happening|what going on|still running)", "/status"),
    ("what [did] (asked|ask) [for]", "/directives"),
    ("{opening} (directives|constraints|limits) [in force]", "/directives"),
    ("(plot|draw|picture|chart) {plot}", "/plot {plot}"),
    ("(plot)", "/plot"),
    ("{opening} (runs|searches)", "/runs"),
    ("(help|what can do|what can say|what can ask|commands)", "/help"),
)  # fmt: skip
"""What only looks."""
