"""How many plain sentences the chat understands, without an LLM and with one.

The sentences were written before any of them was tried, and none is among the phrases or examples of the chat; those
that failed stay in. Run it from the checkout, with idle cores::

    python benchmarks/chat_sentences.py            # the reader alone
    python benchmarks/chat_sentences.py local      # what the reader does not understand goes to the LLM
"""

from __future__ import annotations

import asyncio
import sys
import time

from illuminas.agents.chat.commands import Step, read_command
from illuminas.agents.chat.reader import read
from illuminas.agents.chat.scene import Scene
from illuminas.agents.chat.translator import translate
from illuminas.agents.llm.base import LLMProvider
from illuminas.agents.llm.registry import open_llm
from illuminas.tools.errors import IlluminasError
from illuminas.tools.objectives import ACCURACY, LATENCY

SCENE = Scene(
    run="20261126-100000-aaaa",
    space_name="nb201",
    dataset="table:accuracy/c10",
    device="table:latency/fpga",
    objectives=(ACCURACY.of(), LATENCY.of("table:latency/fpga")),
    niches={
        0: "no convolution",
        1: "only 1x1 convolutions",
        2: "one 3x3",
        3: "two 3x3",
        4: "three 3x3",
        5: "four or more 3x3",
    },
    empty=(4, 5),
    device_names=("local", "table:latency/fpga", "table:latency/raspi4"),
    heuristics=("h-12ab34", "h-9f00c1"),
    runs=("20261126-100000-aaaa", "20261125-090000-bbbb"),
    caps={"evaluations": 60.0, "seconds": None},
    spent={"evaluations": 10.0, "seconds": 30.0},
    last_act=2,
)
SENTENCES = (
    ("my board can wait 8 ms at the very most", "/limit latency <=8"),
    ("under 3.5 ms on the raspi4, please", "/limit latency <3.5 raspi4"),
    ("I have memory for about 350k weights, not more", "/limit params <=350k"),
    ("limit parameters to 1.2 million", "/limit params <=1.2M"),
    ("restrict the macs to 40M", "/limit macs <=40M"),
    ("latency has to stay between 2 and 5 ms", "/limit latency <=5"),
    ("poolings are out", "/forbid pool"),
    ("I hate skip connections", "/forbid skips"),
    ("no 3x3 at all", "/forbid conv3"),
    ("at most one pooling and at least one residual", "/require pools <= 1"),
    ("cells without any 3x3 convolution are of no interest", "/require conv3 >= 1"),
    ("concentrate your efforts on niche 5", "/focus 5"),
    ("only search in 'two 3x3' and nowhere else", "/focus 3"),
    ("give the empty ones a try", "/focus empty"),
    ("search everywhere again", "/focus all"),
    ("niche 0 is boring, skip it", "/avoid 0"),
    ("leave niches 1 and 2 alone", "/avoid 1 2"),
    ("weight accuracy 4 to 1", "/weigh 4 1"),
    ("latency is three times as important as accuracy for us", "/weigh 1 3"),
    ("I grant you 25 more evaluations", "/budget evaluations +25"),
    ("your budget is 90 evaluations now", "/budget evaluations 90"),
    ("run for another 15 minutes", "/budget minutes +15"),
    ("spend no more than 3 dollars", "/budget dollars 3"),
    ("look at more unusual cells", "/explore more"),
    ("less exploration, please", "/explore less"),
    ("hold on", "/pause"),
    ("you can go on", "/resume"),
    ("thanks, stop it there", "/stop"),
    ("next, evaluate conv1 conv1 none skip conv3 conv3", "/seed conv1 conv1 none skip conv3 conv3"),
    ("check whether more than one skip improves accuracy", "/rule skips >= 2 raises accuracy"),
    ("I suspect poolings make networks slower", "/rule pools >= 1 raises latency"),
    ("h-9f00c1 must always be followed", "/pin h-9f00c1"),
    ("retire h-12ab34", "/retire h-12ab34"),
    ("forget my last wish", "/undo"),
    ("take back number 2", "/undo 2"),
    ("is there anything good below 3 ms?", "/best latency <3"),
    ("why did we find nothing for niche 5?", "/why 5"),
    ("what have we found out about skips", "/learned skips"),
    ("how did we spend the last two hours", "/cost 120"),
    ("how are things going", "/status"),
)
"""What people may say, and a command that would do."""


async def understood(message: str, llm: LLMProvider | None, call: int) -> tuple[tuple[str, ...], str]:
    """The commands, and who understood: the reader, the LLM, or nobody."""
    commands = read(message, SCENE).commands
    if commands:
        return commands, "reader"
    if llm is None:
        return (), "nobody"
    try:
        return (await translate(message, SCENE, llm, call)).commands, llm.name
    except IlluminasError as error:
        return (f"({error})",), llm.name


def steps(commands: tuple[str, ...]) -> list[Step] | str:
    try:
        return [read_command(command, SCENE) for command in commands]
    except IlluminasError as error:
        return str(error)


async def main(spec: str) -> None:
    llm = open_llm(spec)
    right: dict[str, int] = {}
    tries: dict[str, int] = {}
    for call, (message, wanted) in enumerate(SENTENCES):
        begun = time.monotonic()
        commands, who = await understood(message, llm, call)
        good = steps(commands) == [read_command(wanted, SCENE)]
        right[who] = right.get(who, 0) + good
        tries[who] = tries.get(who, 0) + 1
        seconds = time.monotonic() - begun
        print(
            f"{'right' if good else 'wrong'}  {who:28} {seconds:5.1f} s  {message}  ->  {'; '.join(commands)}",
            flush=True,
        )
    if llm is not None:
        await llm.close()
    print(f"{sum(right.values())} of {len(SENTENCES)} understood")
    for who, count in tries.items():
        print(f"  {who}: {right[who]} right of {count}")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1] if len(sys.argv) > 1 else "none"))
