"""Real HTTP servers on loopback that answer like OpenAI's and Anthropic's, and that can be told to misbehave."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal

import pytest

Fault = Literal["broken", "malformed", "misfit", "slow", "bad request", "leak", "cut"]
SPEECH = ("Every ", "word ", "counts.")
"""What a stream says, event by event."""


class FakeServer(ThreadingHTTPServer):
    """Computes each answer from the JSON schema it is handed.

    Attributes:
        faults: what goes wrong with the next requests, in order; then all goes well.
        refused: a request with any of these keys is a bad request.
        requests: the bodies that came.
        keys: the credentials that came.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.faults: list[Fault] = []
        self.refused: set[str] = set()
        self.requests: list[dict[str, Any]] = []
        self.keys: list[str] = []
        self.released = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: FakeServer

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        server = self.server
        server.requests.append(body)
        server.keys.append(self.headers.get("x-api-key") or self.headers.get("Authorization") or "")
        fault = server.faults.pop(0) if server.faults else None
        if fault == "slow":
            server.released.wait(30)
            return
        if fault == "broken":
            return self._reply(500, {"error": {"message": "in trouble"}})
        if fault == "leak":
            return self._reply(401, {"error": {"message": f"bad key {server.keys[-1]}"}})
        if fault == "bad request" or server.refused & body.keys():
            return self._reply(400, {"error": {"message": "not supported here"}})
        if body.get("stream"):
            return self._stream(_anthropic_speech() if self.path.endswith("/messages") else _openai_speech(), fault)
        make = _anthropic if self.path.endswith("/messages") else _openai
        return self._reply(200, make(body, fault))

    def _reply(self, status: int, body: dict[str, Any]) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.send_header("retry-after-ms", "1")
        self.end_headers()
        self.wfile.write(data)

    def _stream(self, events: list[dict[str, Any]], fault: Fault | None) -> None:
        """Server-sent events; a cut stream ends before its last words, a slow one waits there."""
        with suppress(ConnectionError):  # a listener may leave in the middle
            self._write(events, fault)

    def _write(self, events: list[dict[str, Any]], fault: Fault | None) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        told = next(number for number, event in enumerate(events) if SPEECH[-1] in json.dumps(event))
        for number, event in enumerate(events):
            if number == told and fault == "cut":
                return
            if number == told and fault == "slow":
                self.server.released.wait(30)
            name = f"event: {event['type']}\n" if "type" in event else ""
            data = '{"cho' if number == told and fault == "malformed" else json.dumps(event)
            self.wfile.write(f"{name}data: {data}\n\n".encode())
            self.wfile.flush()

    def log_message(self, format: str, *args: object) -> None:
        pass


def _openai(body: dict[str, Any], fault: Fault | None) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": None}
    if "tools" in body:
        text = _text(body["tools"][0]["function"]["parameters"], fault)
        function = {"name": "answer", "arguments": text}
        message["tool_calls"] = [{"id": "1", "type": "function", "function": function}]
    elif body["response_format"]["type"] == "json_schema":
        message["content"] = _text(body["response_format"]["json_schema"]["schema"], fault)
    else:
        prompt = body["messages"][-1]["content"]
        message["content"] = _text(json.loads(prompt[prompt.index("{") :]), fault)
    return {
        "id": "1",
        "object": "chat.completion",
        "created": 1,
        "model": body["model"],
        "choices": [{"index": 0, "finish_reason": "stop", "message": message}],
        "usage": {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18},
    }


def _anthropic(body: dict[str, Any], fault: Fault | None) -> dict[str, Any]:
    block: dict[str, Any] = {"type": "text", "text": '{"answers": [tr'}
    if "output_config" in body:
        block["text"] = _text(body["output_config"]["format"]["schema"], fault)
    elif fault != "malformed":
        data = json.loads(_text(body["tools"][0]["input_schema"], fault))
        block = {"type": "tool_use", "id": "1", "name": "answer", "input": data}
    return {
        "id": "1",
        "type": "message",
        "role": "assistant",
        "model": body["model"],
        "content": [block],
        "stop_reason": "tool_use",
        "stop_sequence": None,
        "usage": {"input_tokens": 11, "output_tokens": 7},
    }


def _openai_speech() -> list[dict[str, Any]]:
    head = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "m"}
    choice = {"index": 0, "finish_reason": None}
    usage = {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18}
    return [
        *({**head, "choices": [{**choice, "delta": {"content": text}}]} for text in SPEECH),
        {**head, "choices": [{**choice, "delta": {}, "finish_reason": "stop"}]},
        {**head, "choices": [], "usage": usage},
    ]


def _anthropic_speech() -> list[dict[str, Any]]:
    message = _anthropic({"model": "m"}, "malformed") | {"content": [], "stop_reason": None}
    end = {"stop_reason": "end_turn", "stop_sequence": None}
    return [
        {"type": "message_start", "message": message},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        *(
            {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": text}}
            for text in SPEECH
        ),
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": end, "usage": {"output_tokens": 7}},
        {"type": "message_stop"},
    ]


def _text(schema: dict[str, Any], fault: Fault | None) -> str:
    if fault == "malformed":
        return '{"answers": [tr'
    return json.dumps({"something": "else"} if fault == "misfit" else _value(schema, schema.get("$defs", {}), 0))


def _value(schema: dict[str, Any], definitions: dict[str, Any], number: int) -> Any:
    """Some value that fits; ``number`` tells the items of a list apart."""
    if "$ref" in schema:
        return _value(definitions[schema["$ref"].rpartition("/")[2]], definitions, number)
    if "anyOf" in schema:
        return _value(schema["anyOf"][0], definitions, number)
    if "enum" in schema:
        return schema["enum"][number % len(schema["enum"])]
    match schema["type"]:
        case "object":
            assert schema["additionalProperties"] is False
            assert schema["required"] == list(schema["properties"])
            return {name: _value(field, definitions, 0) for name, field in schema["properties"].items()}
        case "array":
            return [_value(schema["items"], definitions, item) for item in range(schema.get("maxItems", 1))]
        case "string":
            return f"conv skip {number}" if "pattern" in schema else "a text"
        case "integer" | "number":
            return schema.get("minimum", 1)
        case "boolean":
            return True
    raise AssertionError(schema)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeServer]:
    """A server of a test's own."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with FakeServer() as fake:
        thread = threading.Thread(target=fake.serve_forever, daemon=True)
        thread.start()
        yield fake
        fake.released.set()
        fake.shutdown()
        thread.join()
