"""Directives about what was asked before, by a person or by the search."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field

from illuminas.memory.directives.base import Directive, Input, Slash, Subject, Terms, Tool
from illuminas.memory.directives.course import Seed
from illuminas.tools.errors import IlluminasError


class AnswerQuestion(Directive):
    """Answer what the search has asked.

    Goes on as it was told.
    """

    title = "Answer"
    undoable = False
    slash = (
        Slash(
            "approve",
            ("rejected?",),
            example="/approve",
            help="say yes to what the search asks, but for these ids",
            values={"approved": True},
            asked=True,
            phrases="""
                (approve|approved|yes|ok|okay|agreed|accept|go ahead|sounds good) [all] [(but|except) {ids}] -> \
                /approve {ids}
                """,
            examples="""
                fine with me, I agree -> approve
                """,
        ),
        Slash(
            "reject",
            ("rejected?",),
            example="/reject",
            help="say no to it, or to these ids alone",
            values={"approved": False},
            asked=True,
            phrases="""
                (reject|rejected|no|refuse|disagree) [all] -> /reject
                (reject|refuse) {ids} -> /reject {ids}
                """,
            examples="""
                I am against it, do not do that -> reject
                """,
        ),
    )
    tool = Tool(
        "answer_question",
        "Answer a search",
        """Answer what a search asks a person while it waits: a plan, new heuristics, the end of its budget.

        Call it only with the decision of a person, or where you were told to decide. It cannot be undone. Cost:
        instant. Next: get_run_status.""",
    )

    kind: Literal["answer"] = "answer"
    approved: Annotated[bool, Input("yes", "Approve", start=True), Field(description="yes or no")]
    question: Annotated[
        str,
        Input("question"),
        Field(description="its key, as get_run_status gives it; empty is the open one"),
    ] = ""
    rejected: Annotated[
        tuple[str, ...],
        Input("options", "But not", start=()),
        Field(description="of several things asked about, the ids that the answer is no to"),
    ] = ()
    comment: Annotated[
        str, Input("text", "Comment", start=""), Field(max_length=400, description="why, for the log")
    ] = ""

    def words(self, terms: Terms) -> str:
        verdict = "approve" if self.approved else "reject"
        but = f" but {', '.join(self.rejected)}" if self.rejected and self.approved else ""
        return f"{verdict} {self.question or 'what was asked'}{but}" + (f" ({self.comment})" if self.comment else "")

    def checked(self, run: Subject) -> Self:
        waiting = run.steering.waiting
        if waiting is None:
            raise IlluminasError("the search has asked nothing that is open. See what it does: illuminas runs")
        if self.question not in ("", waiting.key):
            raise IlluminasError(f"the open question is {waiting.key!r}, got an answer to {self.question!r}.")
        if unknown := [option for option in self.rejected if option not in waiting.options]:
            raise IlluminasError(f"expected some of {', '.join(waiting.options) or 'no options'}, got {unknown[0]!r}.")
        return self.model_copy(update={"question": waiting.key})


class Undo(Directive):
    """Take an earlier directive back, by its number; undoing an undo puts it in force again.

    Obeys as if it had not been given.
    """

    title = "Undo"
    slash = (
        Slash(
            "undo",
            ("directive?",),
            example="/undo 3",
            help="take a directive back; without a number this chat's last",
            phrases="""
                (undo|take back|revert|cancel|scratch) [(that|last|last one|last directive|last thing)] \
                [(asked|said)] -> /undo
                (undo|take back|revert|cancel|lift) [(directive|number)] [(directive|number)] {act} -> /undo {act}
                (take that back|never mind that|forget that) -> /undo
                """,
            examples="""
                I did not mean that, go back, scratch it -> undo
                cancel directive number 4 -> undo 4
                """,
        ),
    )
    tool = Tool(
        "undo_directive",
        "Undo a directive",
        """Take an earlier directive back; undoing an undo puts it in force again.

        A stop, an answer, and what was already evaluated cannot be undone. Cost: instant. Next: get_run_status.""",
    )

    kind: Literal["undo"] = "undo"
    directive: Annotated[
        int, Input("act", "Directive"), Field(ge=1, description="its number; get_run_status lists those in force")
    ]

    def words(self, terms: Terms) -> str:
        return f"undo directive {self.directive}"

    def checked(self, run: Subject) -> Self:
        acts = run.steering.acts
        if self.directive > len(acts):
            raise IlluminasError(f"expected the number of a directive, 1 to {len(acts)}, got {self.directive}.")
        act = acts[self.directive - 1]
        if act.undone_by is not None:
            raise IlluminasError(f"directive {act.number} ({act.words}) was undone by directive {act.undone_by}.")
        if not act.directive.undoable:
            raise IlluminasError(f"directive {act.number} ({act.words}) cannot be undone.")
        wanted = act.directive.architecture if isinstance(act.directive, Seed) else None
        if wanted is not None and run.space.parse(wanted).hash in run.evaluations:
            raise IlluminasError(f"directive {act.number} ({act.words}) is done: it was evaluated.")
        return self
