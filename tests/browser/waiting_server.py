"""A site for ``waiting.js`` to wait at: it answers as the test says, breaks as networks do, and notes what it is asked."""

import json
import select
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import loginradius_passwordless

from .waiting_page import PAGE

MODULE = Path(loginradius_passwordless.__file__).parent / "static" / "loginradius_passwordless" / "waiting.js"
API = "/identity/v2/auth/"
NAMES = {
    "login/smartlogin": "start",
    "onetouchlogin/email": "start",
    "login/smartlogin/events": "stream",
    "login/smartlogin/ping": "ping",
}
LOGIN = {"access_token": "the-token", "refresh_token": None, "expires_in": "2030-01-01T00:00:00.000000Z", "Profile": {}}


@dataclass(frozen=True)
class Asked:
    """One request."""

    name: str
    query: dict[str, str]
    body: dict[str, Any]
    headers: dict[str, str]

    @property
    def moment(self) -> float:
        """When the page sent it, in seconds since the page was opened."""
        return float(self.headers["Sent-At"])

    @property
    def step(self) -> str:
        """What it is for: start, stream, long poll, look or claim."""
        if self.name != "ping":
            return self.name
        if self.query.get("claim") == "false":
            return "long poll" if "wait" in self.query else "look"
        return "claim"


Answer = Callable[["Handler", Asked], None]


class WaitingServer:
    """The site. ``on_…`` are what it answers; a test replaces what it is about."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.pages: list[str] = []
        self.open = 0
        self.decided = threading.Event()
        self.over = threading.Event()
        self.on_start: Answer = says({"IsPosted": True})
        self.on_stream: Answer = holds_stream
        self.on_long_poll: Answer = holds_answer
        self.on_look: Answer = looks
        self.on_claim: Answer = claims
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.waiting = self  # type: ignore[attr-defined]
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def close(self) -> None:
        self.over.set()
        self.server.shutdown()
        self.server.server_close()

    @property
    def steps(self) -> list[str]:
        return [asked.step for asked in self.asked]

    def moments(self, step: str) -> list[float]:
        return [asked.moment for asked in self.asked if asked.step == step]


class Handler(BaseHTTPRequestHandler):
    """One connection, one request."""

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        if not address.path.startswith(API):
            self._give_page(address.path)
            return
        length = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(length)) if length else {}
        name = NAMES[address.path.removeprefix(API)]
        asked = Asked(name, dict(parse_qsl(address.query)), body, dict(self.headers.items()))
        self.waiting.asked.append(asked)
        self.waiting.open += 1
        try:
            getattr(self.waiting, f"on_{asked.step.replace(' ', '_')}")(self, asked)
        except OSError:
            pass  # the device has gone
        finally:
            self.waiting.open -= 1

    do_POST = do_GET  # noqa: N815 - its name is the library's

    @property
    def waiting(self) -> WaitingServer:
        return self.server.waiting  # type: ignore[attr-defined, no-any-return]

    def _give_page(self, path: str) -> None:
        self.waiting.pages.append(path)
        if path == "/waiting.js":
            self.send(200, MODULE.read_text("utf-8"), "text/javascript")
        else:
            self.send(200, PAGE, "text/html")

    def send(self, status: int, text: str = "", content_type: str = "application/json", **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.say(text)

    def say(self, text: str) -> None:
        self.wfile.write(text.encode())
        self.wfile.flush()

    def wait(self, seconds: float = 30) -> bool:
        """Wait for the decision; raises when the device goes away before."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and not self.waiting.over.is_set():
            if self.waiting.decided.wait(0.01):
                return True
            if select.select([self.connection], [], [], 0)[0]:
                raise ConnectionResetError
        return False

    def log_message(self, *arguments: Any) -> None:
        pass


# What a site may answer


def says(body: dict[str, Any], status: int = 200, **headers: str) -> Answer:
    return lambda handler, asked: handler.send(status, json.dumps(body), **headers)


def refuses(code: int, status: int = 403, **headers: str) -> Answer:
    return says({"ErrorCode": code, "Message": f"Message {code}", "Description": f"Do {code}"}, status, **headers)


def one_by_one(*answers: Answer) -> Answer:
    """Give each answer once, and the last one ever after."""
    left = list(answers)
    return lambda handler, asked: (left.pop(0) if len(left) > 1 else left[0])(handler, asked)


def after(seconds: float, answer: Answer) -> Answer:
    def late(handler: Handler, asked: Asked) -> None:
        time.sleep(seconds)
        answer(handler, asked)

    return late


def looks(handler: Handler, asked: Asked) -> None:
    says({"IsDecided": handler.waiting.decided.is_set()})(handler, asked)


def claims(handler: Handler, asked: Asked) -> None:
    (says(LOGIN) if handler.waiting.decided.is_set() else refuses(1139))(handler, asked)


def holds_answer(handler: Handler, asked: Asked) -> None:
    says({"IsDecided": handler.wait(float(asked.query["wait"]))})(handler, asked)


def begins_stream(handler: Handler) -> None:
    handler.send(200, "retry: 5000\n\nevent: waiting\ndata: {}\n\n", "text/event-stream")


def ends_stream(handler: Handler, asked: Asked) -> None:
    begins_stream(handler)


def holds_stream(handler: Handler, asked: Asked) -> None:
    begins_stream(handler)
    while not handler.wait(0.1) and not handler.waiting.over.is_set():
        handler.say(": still here\n\n")
    handler.say('event: decided\ndata: {"IsDecided": true}\n\n')


def holds_silent_stream(handler: Handler, asked: Asked) -> None:
    begins_stream(handler)
    handler.wait(3)


def holds_back(handler: Handler, asked: Asked) -> None:
    """Answer as a proxy does that collects a whole answer before it passes it on."""
    handler.wait(3)


def breaks(handler: Handler, asked: Asked) -> None:
    """End the connection without an answer."""
