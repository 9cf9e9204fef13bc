"""Phrases: how people say in plain words what a command says, and the command that each stands for.

In a phrase ``(a|b)`` are alternatives, ``[...]`` may be missing, and ``{name}`` or ``{name:slot}`` is filled by one of
:mod:`illuminas.agents.chat.slots`. Small words (``the``, ``cells``, ``please``) may stand anywhere between the others.
In a command ``[...]`` is left out where its first name is not filled. Of several phrases that fit, the longest counts.
"""

from __future__ import annotations

Phrase = tuple[str, str]

DIRECTIVES: tuple[Phrase, ...] = (
    # limits
    ("[(keep|limit|restrict|cap)] [latency] {bound} {ms} [latency] [{device}]", "/limit latency {bound}{ms} {device}"),
    ("(keep|limit|restrict|cap) latency {ms} [{device}]", "/limit latency <={ms} {device}"),
    ("(keep|limit|restrict|cap) [latency] [{device}] {bound} {ms}", "/limit latency {bound}{ms} {device}"),
    ("[(keep|limit|restrict|cap)] [{size}] {bound} {number}", "/limit {size} {bound}{number}"),
    ("[(keep|limit|restrict|cap)] {bound} {number} {size}", "/limit {size} {bound}{number}"),
    ("(limit|restrict|cap|keep) {size} {number}", "/limit {size} <={number}"),
    ("(nothing|never|not|shouldn't|should not|must not|mustn't|don't|do not|may not|can't|cannot) [(take|run|be|go)] "
     "[latency] {over} {ms} [{device}]", "/limit latency <={ms} {device}"),
    ("(nothing|never|not|shouldn't|should not|must not|mustn't|don't|do not|may not|can't|cannot) [(be|have)] "
     "{over} {number} {size}", "/limit {size} <={number}"),
    ("(nothing|never|not) {below} {number} {size}", "/limit {size} >={number}"),
    ("latency (must not|mustn't|may not|should not|shouldn't|never) exceed {ms} [{device}]",
     "/limit latency <={ms} {device}"),
    ("{size} (must not|mustn't|may not|should not|shouldn't|never) exceed {number}", "/limit {size} <={number}"),
    ("(latency budget|time budget|latency limit) {ms} [{device}]", "/limit latency <={ms} {device}"),
    ("[(must|needs|need)] (run|runs|done|finish|ready|fit|answer) [{device}] [{bound}] {ms} [{device2:device}]",
     "/limit latency <={ms} {device}{device2}"),
    # required and forbidden
    ("(avoid|forbid|ban|drop|exclude|remove|stop using|get rid|do not|don't|never|do without) {thing}",
     "/forbid {thing}"),
    ("{thing} (forbidden|banned|not allowed|unwanted|out)", "/forbid {thing}"),
    ("(stop|no more|quit) (proposing|using|trying) {thing}", "/forbid {thing}"),
    ("{thing} (required|needed|a must|mandatory)", "/require {thing}"),
    ("[(require|need|needs|include|insist|always|must contain|contain|contains|must|make sure|ensure|take "
     "care)] {condition}",
     "/require {condition}"),
    # niches
    ("(focus|concentrate|work|go|look|look into) [all] [niche] {niches} [alone]", "/focus {niches}"),
    ("(fill) {niches}", "/focus {niches}"),
    ("(forget|drop|lift|end) (focus)", "/focus all"),
    ("(focus|work|search|go back|return) (everything|everywhere|every niche|all niches) [again]", "/focus all"),
    ("(avoid|leave|skip|ignore|keep out|keep away|stay out|stay away|forget|stop working|no more work) "
     "{niches} [(alone|out)]",
     "/avoid {niches}"),
    ("(don't|do not|never) (spend|waste|use|work) [(anything|time|effort|evaluations)] {niches}", "/avoid {niches}"),
    # weights
    ("(weigh|weight|value|count) accuracy {times} [as] [(much|high|highly)] [as] latency", "/weigh {times} 1"),
    ("accuracy (counts|count|matters|matter|weighs|weigh|important) {times} [as] [(much|important)] [as] latency",
     "/weigh {times} 1"),
    ("[make] accuracy {times} [as] (important|heavy|valuable) [as] latency", "/weigh {times} 1"),
    ("[make] latency {times} [as] (important|heavy|valuable) [as] accuracy", "/weigh 1 {times}"),
    ("(weigh|weight|value|count) latency {times} [as] [(much|high|highly)] [as] accuracy", "/weigh 1 {times}"),
    ("latency (counts|count|matters|matter|weighs|weigh|important) {times} [as] [(much|important)] [as] accuracy",
     "/weigh 1 {times}"),
    ("(weigh|weight) [accuracy] [latency] {a:number} (to|:|against) {b:number}", "/weigh {a} {b}"),
    ("accuracy [(counts|matters)] more [(important)] than latency", "/weigh 2 1"),
    ("latency [(counts|matters)] more [(important)] than accuracy", "/weigh 1 2"),
    ("(ignore|forget|never mind|don't care) latency", "/weigh 1 0"),
    ("(ignore|forget|never mind|don't care) accuracy", "/weigh 0 1"),
    ("accuracy (all care|all matters|all counts|all want)", "/weigh 1 0"),
    ("(latency|speed) (all care|all matters|all counts|all want)", "/weigh 0 1"),
    ("latency (doesn't|does not) (matter|count)", "/weigh 1 0"),
    ("accuracy (doesn't|does not) (matter|count)", "/weigh 0 1"),
    ("[(weigh|weight)] [accuracy] [latency] [both] equally", "/weigh 1 1"),
    # budget
    ("[(spend|give|add|run|take|make|allow|work|search|go on)] [{bound}] {extra}", "/budget {extra}"),
    ("(spend|use|budget|run|allow|set budget|give) [to] [{bound}] {amount} [(in all|altogether|in total)]",
     "/budget {amount}"),
    ("(don't|do not|never) [(spend|use|run|take)] {over} {amount}", "/budget {amount}"),
    ("[budget] {bound} {amount} [(in all|altogether|in total)]", "/budget {amount}"),
    ("(stop|end) after {amount}", "/budget {amount}"),
    # exploration
    ("(explore more|explore some more|explore much more|be bolder|be adventurous|take more risks|more exploration)",
     "/explore more"),
    ("(try|do) (something|things) (wilder|bolder|new|different)", "/explore more"),
    ("(exploit more|explore less|take fewer risks|less exploration|more exploitation)", "/explore less"),
    ("(rely on|build on|stick to|stick with) what (know|known|works|worked) [already]", "/explore less"),
    ("be more (careful|conservative|cautious)", "/explore less"),
    ("(explore|exploration) [at] {share}", "/explore {share}"),
    ("(explore as much as exploit|balance exploration|explore normally)", "/explore balanced"),
    # the course of the search
    ("(pause|hold on|wait|take a break) [search] [run] [moment]", "/pause"),
    ("(go on|resume|continue|carry on|unpause) [search] [run]", "/resume"),
    ("(stop|end|halt|finish|quit) [search] [run] [here]", "/stop"),
    ("(enough|seen enough|that will do)", "/stop"),
    # architectures and rules
    ("(try|seed|evaluate|test|check) {architecture}", "/seed {architecture}"),
    ("(add|test|check|note|take|try|see whether|find out whether) [(rule|heuristic)] [that] {condition} {effect}",
     "/rule {condition} {effect}"),
    ("(rule|heuristic) [:] {condition} {effect}", "/rule {condition} {effect}"),
    ("(think|guess|believe|bet|i'd bet|suspect|assume|claim|hypothesis) [that] {condition} {effect}",
     "/rule {condition} {effect}"),
    ("[always] (pin|trust|keep|follow|obey|stick with|stick to) [(rule|heuristic)] {heuristic} "
     "[(no matter what|whatever happens|always|in any case)]", "/pin {heuristic}"),
    ("(don't need|do not need|no longer need|don't want) [(rule|heuristic)] {heuristic}", "/retire {heuristic}"),
    ("(unpin) [(rule|heuristic)] {heuristic}", "/unpin {heuristic}"),
    ("(retire|drop|remove|delete|forget) [(rule|heuristic)] {heuristic} [(because|since|as|:|,|-)] [{text}]",
     "/retire {heuristic} {text}"),
    ("(reword|rephrase|word|rename) [(rule|heuristic)] {heuristic} (as|to|:) {text}", "/reword {heuristic} {text}"),
    ("(undo|take back|revert|cancel|scratch) [(that|last|last one|last directive|last thing)] [(asked|said)]", "/undo"),
    ("(undo|take back|revert|cancel|lift) [(directive|number)] [(directive|number)] {act}", "/undo {act}"),
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
    ("(show|draw|see) [best] elite", "/show best"),
    ("(show|draw|see|look at) (best|winner|champion|most accurate)", "/show best"),
    ("(show|draw|see) best [elite] {niche}", "/show niche {niche}"),
    ("(show|draw|see) elite {niche}", "/show niche {niche}"),
    ("[{opening}] (best|most accurate) [{niche}] [{bound} {ms}] [{device}] [{niche2:niche}]",
     "/best [niche {niche}] [niche {niche2}] [latency {bound}{ms}] [on {device}]"),
    ("[{opening}] (best|most accurate) {bound} {number} {size}", "/best {size} {bound}{number}"),
    ("[{opening}] (best|most accurate) {condition}", "/best with {condition}"),
    ("[{opening}] (cheapest|fastest|quickest) [{bound} {percent}] [{niche}]",
     "/best by latency [accuracy {bound}{percent}] [niche {niche}]"),
    ("[{opening}] (smallest) [{bound} {percent}] [{niche}]",
     "/best by params [accuracy {bound}{percent}] [niche {niche}]"),
    ("{opening} (recommend|pick|choose|take|suggest) [{bound} {ms}] [{device}]",
     "/best [latency {bound}{ms}] [on {device}]"),
    ("{opening} (front|pareto front)", "/plot pareto"),
    ("{opening} {bound} {ms} [{device}]", "/best latency {bound}{ms} [on {device}]"),
    ("(why|how come|tell why|know why) {niche} [still] [(so|that)] [(nothing|empty|bad|weak|stuck|good|poor|unfilled)]",
     "/why {niche}"),
    ("what (wrong|going on|up|the matter) [with] [in] {niche}", "/why {niche}"),
    ("(explain|describe|tell about|what about) {niche}", "/why {niche}"),
    ("what {niche}", "/why {niche}"),
    ("[(what|anything|something)] (learned|learnt|learn|know|found out|discovered) [so far]", "/learned"),
    ("[(what|anything|something)] (learned|learnt|learn|know|found out|discovered) about {text}", "/learned {text}"),
    ("{opening} (rules|heuristics) [so far]", "/learned"),
    ("{opening} (rules|heuristics) (about|on) {text}", "/learned {text}"),
    ("{opening} [(rule|heuristic)] {heuristic}", "/learned {heuristic}"),
    ("(show|draw|see) {niche} [elite]", "/show niche {niche}"),
    ("(show|draw|see) {hash}", "/show {hash}"),
    ("(show|draw|see) {architecture}", "/show {architecture}"),
    ("{opening} (niches|elites|archive|map) [empty]", "/niches"),
    ("compare [this] [run] [(with|to|against)] {run}", "/compare {run}"),
    ("how [does] [this] [run] (compare|compares|do|doing) [(with|to|against)] {run}", "/compare {run}"),
    ("[what] (cost|spent|spend|used) [so far]", "/cost"),
    ("[what] [did] {minutes} (cost|take)", "/cost {minutes}"),
    ("{opening} (cost|costs|expenses) [{minutes}]", "/cost {minutes}"),
    ("what (spent|spend|used|cost) {minutes}", "/cost {minutes}"),
    ("how (much|many|expensive) [money] [tokens] {minutes} [(cost|take)]", "/cost {minutes}"),
    ("how (much|many|expensive) [money] [tokens] (cost|spent|spend|used|use) [so far]", "/cost"),
    ("how (going|far|progress|things|search) [(going|come|along)] [search]", "/status"),
    ("(where do we stand|nearly done|how much longer)", "/status"),
    ("(status|progress|any progress|any news|what doing|what happening|what going on|still running)", "/status"),
    ("what [did] (asked|ask) [for]", "/directives"),
    ("{opening} (directives|constraints|limits) [in force]", "/directives"),
    ("(plot|draw|picture|chart) {plot}", "/plot {plot}"),
    ("(plot)", "/plot"),
    ("(show|see|draw|give) {plot} (plot|picture|chart|curve|graph|diagram)", "/plot {plot}"),
    ("(plot|picture|chart|graph|diagram) {plot}", "/plot {plot}"),
    ("{opening} [other] (runs|searches)", "/runs"),
    ("(help|what can do|what can say|what can ask|commands)", "/help"),
)  # fmt: skip
"""What only looks."""
