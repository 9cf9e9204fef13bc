"""The chat beside the tabs: the agent of ``illuminas chat``, with buttons where a terminal has a prompt."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Final

from nicegui import background_tasks, ui

from illuminas.agents.chat.agent import ChatAgent
from illuminas.agents.chat.replies import Proposed, Reply, Taken
from illuminas.memory.directives import Undo
from illuminas.server.web.chat.chat_models import PLAIN, ChatModels
from illuminas.server.web.chat.replies import Replies
from illuminas.server.web.confirm import propose
from illuminas.server.web.page_state import PageState

OPENERS: Final = ("How is it going?", "What is best so far?", "What did we learn?", "/help")
"""What a person may begin with."""


class ChatDrawer:
    """One conversation; a person of the chat agent."""

    def __init__(self, page_state: PageState, chat_models: ChatModels) -> None:
        self._page_state = page_state
        self._chat_models = chat_models
        self._agent: ChatAgent | None = None
        self._replies = Replies()
        self._turn: asyncio.Task[None] | None = None
        self._agreeing: asyncio.Future[bool] | None = None

    def build_button(self) -> None:
        """In the header of the page."""
        button = ui.button(icon="chat", on_click=self._toggle).props('flat dense color="" aria-label="Chat"')
        with button:
            ui.label("Chat").classes("only-wide ml-1")
        button.mark("chat").tooltip("Talk to the search")

    def build(self) -> None:
        """The drawer, closed."""
        ui.add_css(Path(__file__).with_suffix(".css"))
        self._drawer = ui.right_drawer(value=False, bordered=True)
        self._drawer.props(':width="Math.min(440, window.innerWidth)" breakpoint=900 no-swipe-open')
        with self._drawer.classes("p-0").mark("chat-drawer"), ui.element("div").classes("chat"):
            with ui.row().classes("w-full items-center no-wrap"):
                ui.label("Chat").classes("heading")
                self._llm_words = ui.label().classes("quiet text-xs wrap grow")
                close = ui.button(icon="close", on_click=self._drawer.hide)
                close.props('flat round dense color="" aria-label="Close the chat"')
            self._log = ui.element("div").classes("chat-log").props('role="log" aria-live="polite"').mark("chat-log")
            with self._log, ui.row().classes("gap-2") as self._openers:
                for words in OPENERS:
                    opener = ui.button(words, on_click=lambda words=words: self._send(words))
                    opener.props("outline dense size=sm")
            with ui.row().classes("w-full items-end no-wrap gap-1"):
                self._build_input()
        ui.context.client.on_delete(self._cancel)

    def _build_input(self) -> None:
        self._input = ui.textarea(placeholder="Ask, or steer in plain words; /help lists commands").classes("grow")
        self._input.props('outlined dense autogrow rows=1 aria-label="Message" data-testid="chat-input"')
        # with what stands there when the key is pressed: the value itself may still be on its way
        self._input.on(
            "keydown.enter.exact.prevent",
            lambda event: self._enter(str(event.args)),
            js_handler="(event) => emit(event.target.value)",
        )
        send = ui.button(icon="send", on_click=lambda: self._enter(str(self._input.value or "")))
        send.props('flat dense aria-label="Send"')
        self._stop = ui.button(icon="stop", on_click=self._cancel).props('flat dense aria-label="Stop"')
        self._stop.tooltip("Stop the answer; the search goes on").set_visibility(False)

    def show(self, reply: Reply) -> None:
        """Show one reply."""
        with self._log:
            self._replies.show(reply)
            if isinstance(reply, Taken) and reply.undoable:
                undo = Undo(directive=reply.number)
                button = ui.button("Undo", icon="undo", on_click=lambda: propose(self._page_state, undo))
                button.props(f'flat dense size=sm aria-label="Undo directive {reply.number}"').classes("self-start")
        self._scroll()

    async def agree(self, proposed: Proposed) -> bool:
        """Ask below the directive that was shown, until the person has pressed a button."""
        answer: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._agreeing = answer
        with self._log, ui.row().classes("gap-2") as buttons:
            yes = ui.button("Take effect", icon="check", on_click=lambda: _settle(answer, True))
            yes.props("unelevated dense").mark("chat-agree")
            no = ui.button("Leave it", icon="close", on_click=lambda: _settle(answer, False))
            no.props("outline dense").mark("chat-leave")
        self._scroll()
        try:
            return await answer
        finally:
            self._agreeing = None
            if not buttons.is_deleted:
                buttons.delete()

    def _toggle(self) -> None:
        self._drawer.toggle()
        if self._agent is None:
            self._begin()
        self._input.run_method("focus")

    def _begin(self) -> None:
        """Open the agent, with the run's LLM for those who may spend what that costs."""
        client, run = self._page_state.client, self._page_state.run
        chat_llm = self._chat_models.of(run) if client.may_act else PLAIN
        self._agent = ChatAgent(client.chat, self, run=run.id, llm=chat_llm.llm)
        self._llm_words.text = chat_llm.words

    def _enter(self, message: str) -> None:
        self._input.value = ""
        if message.strip():
            self._send(message.strip())

    def _send(self, message: str) -> None:
        """Begin a turn; what is typed while something waits to be confirmed leaves that as it was."""
        if self._agent is None:
            self._begin()
        if self._agreeing is not None:
            _settle(self._agreeing, False)
        before = self._turn
        self._openers.set_visibility(False)
        with self._log:
            ui.label(message).classes("chat-mine wrap")
        self._scroll()
        self._turn = background_tasks.create(self._talk(message, before), name="chat")

    async def _talk(self, message: str, before: asyncio.Task[None] | None) -> None:
        assert self._agent is not None
        if before is not None and not before.done():
            await asyncio.wait([before])
        self._stop.set_visibility(True)
        try:
            await self._agent.turn(message)
        finally:
            if not self._stop.is_deleted:
                self._stop.set_visibility(False)

    def _cancel(self) -> None:
        if self._turn is not None and not self._turn.done():
            self._turn.cancel()

    def _scroll(self) -> None:
        self._log.client.run_javascript(f"const log = getHtmlElement({self._log.id}); log.scrollTop = log.scrollHeight")


def _settle(answer: asyncio.Future[bool], agreed: bool) -> None:
    if not answer.done():
        answer.set_result(agreed)
