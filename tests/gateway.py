"""A provider of texts on this machine, which can be down in every way that providers are."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

PATH = "loginradius_passwordless.backends.sms.http.SMSBackend"


class Gateway:
    """Takes texts. ``mode`` says how it is: well, error, overloaded, taken-but-error, taken-but-garbled, hang, refuse, …"""

    def __init__(self) -> None:
        self.mode = "well"
        self.asked: list[dict[str, Any]] = []
        self.taken: list[dict[str, Any]] = []
        self.released = threading.Event()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (Handler,), {"gateway": self}))
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True)
        self.thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}/sms"

    def described(self, timeout: float = 1, **entry: Any) -> dict[str, Any]:
        """Return its entry in the settings."""
        return {"BACKEND": PATH, "OPTIONS": {"url": self.url, "timeout": timeout}, **entry}

    def close(self) -> None:
        self.released.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


class Handler(BaseHTTPRequestHandler):
    gateway: Gateway

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        mode = self.gateway.mode
        self.gateway.asked.append(body)
        if mode.startswith("taken") or mode == "well":
            self.gateway.taken.append(body)
        if mode in {"hang", "taken-but-hang"}:
            self.gateway.released.wait(60)
            self.close_connection = True
            return
        status = {"well": 200, "taken-but-garbled": 200, "refuse": 400, "slow-down": 429, "overloaded": 503}.get(
            mode, 500
        )
        answer = json.dumps({"id": f"id-{len(self.gateway.taken)}"}).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(answer)))
        if mode == "taken-but-garbled":  # requests finds that while it reads, by a name for what was never sent
            self.send_header("Content-Length", "7")
        if mode == "slow-down":
            self.send_header("Retry-After", "60")
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002
        """Say nothing."""
