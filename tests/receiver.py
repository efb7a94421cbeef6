"""A server of somebody who receives webhooks, on this machine: what came, and what it answers."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from loginradius_passwordless.models import WebhookEndpoint

ALL = [
    "Login", "Register", "EmailVerification", "VerifyPhoneNumber", "ResetPassword", "UpdatePhoneId", "RemovePhoneId",
    "InvalidatePhoneVerification", "BlockAccount", "DeleteAccount",
]  # fmt: skip


class Receiver:
    """Takes posts; ``status`` is what it answers, ``delay`` after how many seconds."""

    def __init__(self):
        self.status, self.delay, self.headers = 204, 0.0, {}
        self.taken = []
        self.over = threading.Event()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.taken.append((self.path, dict(self.headers.items()), body))
                receiver.over.wait(receiver.delay)
                self.send_response(receiver.status)
                for name, value in receiver.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *args):
                """Keep the output of the tests clean."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self.thread.start()

    @property
    def ids(self):
        """The events that came, in the order of their first arrival."""
        return list(dict.fromkeys(lowered(headers)["webhook-id"] for _path, headers, _body in self.taken))

    def close(self):
        self.over.set()
        self.server.shutdown()
        self.server.server_close()


def lowered(headers):
    return {name.lower(): value for name, value in headers.items()}


def subscribe(application, url, *events):
    """Add an endpoint, and return it with its secret."""
    endpoint = WebhookEndpoint(application=application, url=url, events=list(events or ALL))
    secret = endpoint.new_secret()
    endpoint.save()
    return endpoint, secret
