"""A stand-in for the models' APIs on loopback: it answers, and keeps what it was told.

It speaks Anthropic's Messages, OpenAI's Responses and Google's generateContent.

It knows nothing about hooks. A test reads ``requests`` to see what the model would have read.
"""

import itertools
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Body = dict[str, Any]
Block = dict[str, Any]


def text_block(text: str) -> Block:
    return {"type": "text", "text": text}


def acknowledge(body: Body) -> list[Block]:
    """The default answer: enough for a turn, and for a summary that ``/compact`` accepts."""
    del body
    return [text_block("<summary>What was said so far.</summary>")]


class StandIn:
    """The requests received so far, oldest first, and the function that answers the next one."""

    def __init__(self) -> None:
        self.requests: list[Body] = []
        self.elsewhere: list[str] = []
        """Where the client wanted to go instead: it is told that this is its proxy."""
        self.answer: Callable[[Body], list[Block]] = acknowledge
        self.url = ""

    def texts(self) -> list[str]:
        """Each request as one string: everything in its system prompt and messages."""
        keys = ("system", "messages", "instructions", "input", "systemInstruction", "contents")
        return ["\n".join(_texts_in([body.get(key) for key in keys])) for body in self.requests]


def _texts_in(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from _texts_in(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            if key != "type":
                yield from _texts_in(item)


def _message(number: int, model: str, blocks: list[Block]) -> Body:
    stop_reason = "tool_use" if any(block["type"] == "tool_use" for block in blocks) else "end_turn"
    return {
        # Every message needs an id of its own: with equal ids /compact finds "Not enough messages".
        "id": f"msg_{number:06d}",
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": blocks,
        "stop_reason": stop_reason,
        "stop_sequence": None,
        "usage": {"input_tokens": 10, "output_tokens": 10},
    }


def _events(message: Body) -> Iterator[Body]:
    """The server-sent events of one streamed message, in the order the API gives them."""
    start = {**message, "content": [], "stop_reason": None}
    yield {"type": "message_start", "message": start}
    for index, block in enumerate(message["content"]):
        if block["type"] == "tool_use":
            opened = {**block, "input": {}}
            delta = {"type": "input_json_delta", "partial_json": json.dumps(block["input"])}
        else:
            opened = {**block, "text": ""}
            delta = {"type": "text_delta", "text": block["text"]}
        yield {"type": "content_block_start", "index": index, "content_block": opened}
        yield {"type": "content_block_delta", "index": index, "delta": delta}
        yield {"type": "content_block_stop", "index": index}
    stop = {"stop_reason": message["stop_reason"], "stop_sequence": None}
    yield {"type": "message_delta", "delta": stop, "usage": {"output_tokens": 10}}
    yield {"type": "message_stop"}


def _responses(number: int, text: str) -> Iterator[Body]:
    content = [{"type": "output_text", "text": text, "annotations": []}]
    message = {
        "type": "message", "role": "assistant", "id": f"msg_{number}", "content": content,
        "status": "completed",
    }  # fmt: skip
    usage = {"input_tokens": 10, "output_tokens": 5, "total_tokens": 15}
    response = {"id": f"resp_{number}"}
    yield {"type": "response.created", "response": response}
    yield {"type": "response.output_item.done", "output_index": 0, "item": message}
    yield {"type": "response.completed", "response": {**response, "usage": usage}}


def _generated(number: int, text: str) -> Body:
    content = {"role": "model", "parts": [{"text": text}]}
    return {
        "candidates": [{"content": content, "finishReason": "STOP", "index": 0}],
        "usageMetadata": {"promptTokenCount": 10, "candidatesTokenCount": 5, "totalTokenCount": 15},
        "responseId": f"response-{number}",
    }


class _Server(ThreadingHTTPServer):
    def __init__(self, stand_in: StandIn) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.stand_in = stand_in
        self.numbers = itertools.count(1)
        self.lock = threading.Lock()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        path = self.path.partition("?")[0]
        if path == "/v1/messages/count_tokens":
            self._send("application/json", json.dumps({"input_tokens": 10}).encode())
        elif path == "/v1/messages":
            self._answer(json.loads(raw))
        elif path == "/v1/responses":
            self._stream(_responses(*self._said(json.loads(raw))))
        elif path.endswith((":generateContent", ":streamGenerateContent")):
            number, text = self._said(json.loads(raw))
            answer = _generated(number, text)
            if path.endswith(":streamGenerateContent"):
                self._send("text/event-stream", f"data: {json.dumps(answer)}\n\n".encode())
            else:
                self._send("application/json", json.dumps(answer).encode())
        else:
            self.send_error(404)

    def do_GET(self) -> None:
        self.send_error(404)

    def do_HEAD(self) -> None:
        self.send_error(404)

    def do_CONNECT(self) -> None:
        self.server.stand_in.elsewhere.append(self.path)
        self.send_error(502)

    def _said(self, body: Body) -> tuple[int, str]:
        """Keep a request, and return the answer's number and its text."""
        with self.server.lock:
            self.server.stand_in.requests.append(body)
            blocks = self.server.stand_in.answer(body)
            return next(self.server.numbers), "".join(block.get("text", "") for block in blocks)

    def _stream(self, events: Iterator[Body]) -> None:
        lines = [f"event: {e['type']}\ndata: {json.dumps(e)}\n\n" for e in events]
        self._send("text/event-stream", "".join(lines).encode())

    def _answer(self, body: Body) -> None:
        stand_in = self.server.stand_in
        with self.server.lock:
            stand_in.requests.append(body)
            model, number = body.get("model", "stand-in"), next(self.server.numbers)
            message = _message(number, model, stand_in.answer(body))
        if not body.get("stream"):
            self._send("application/json", json.dumps(message).encode())
            return
        self._stream(_events(message))

    def _send(self, kind: str, payload: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)

    def log_message(self, *args: object) -> None:
        """Silent: a test's own output is what counts."""


@contextmanager
def serve() -> Iterator[StandIn]:
    """Run a stand-in on a free port of 127.0.0.1 for as long as the block lasts."""
    stand_in = StandIn()
    server = _Server(stand_in)
    stand_in.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield stand_in
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
