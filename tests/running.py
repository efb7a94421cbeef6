"""The example project as a process of its own: what a test cannot do inside its own process, it does to this one."""

import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from contextlib import closing
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
API_KEY, API_SECRET = "running-site-key", "running-site-secret"


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class RunningSite:
    """A migrated database with one application, and the web process that serves it."""

    def __init__(self, folder: Path, database_url: str, settings: dict[str, Any], environment: dict[str, str]) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}/"
        self.inbox = folder / "inbox"
        passwordless = {
            "RESEND_GAP": 0,
            "SENDS_PER_TEN_MINUTES": 1000,
            "SENDS_PER_DAY": 1000,
            "STARTS_PER_HOUR_PER_ADDRESS": 10000,
        }
        self.environment = {
            **{name: value for name, value in os.environ.items() if name not in {"DJANGO_SETTINGS_MODULE", "PYTHONWARNINGS"}},
            "DATABASE_URL": database_url,
            "PUBLIC_URL": self.url.rstrip("/"),
            "INBOX": str(self.inbox),
            "PASSWORDLESS": json.dumps({**passwordless, **settings}),
            **environment,
        }  # fmt: skip
        self.server: subprocess.Popen[bytes] | None = None
        self.manage("migrate", "--verbosity", "0")
        self.manage("create_application", "Running Shop", "--api-key", API_KEY, "--api-secret", API_SECRET)

    def manage(self, *arguments: str) -> str:
        """Run a command of Django's and return what it printed."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments], cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False, timeout=60
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    def start_server(
        self, *, asgi: bool = False, threads: int = 4, worker: str = "gthread", static: bool = False
    ) -> None:
        """Serve with gunicorn, or under ASGI with uvicorn, one worker each, and wait until it answers.

        With ``static`` it is Django's own server, which has the static files.
        """
        served = (
            ["uvicorn", "--port", str(self.port), "--log-level", "error", "example_project.asgi:application"]
            if asgi
            else ["gunicorn", "--bind", f"127.0.0.1:{self.port}", "--threads", str(threads), "-k", worker if threads > 1 else "sync", "--log-level", "error", "example_project.wsgi"]
        )  # fmt: skip
        if static:
            served = ["django", "runserver", "--noreload", "--insecure", f"127.0.0.1:{self.port}"]
        self.server = subprocess.Popen(
            [sys.executable, "-m", *served], cwd=ROOT, env=self.environment, start_new_session=True
        )
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            try:
                self.call("GET", "serverinfo-probe")
            except OSError:
                time.sleep(0.05)
            else:
                return
        raise AssertionError("the server did not start")

    def kill_server(self) -> None:
        """End the web process and its workers the hard way."""
        if self.server is not None:
            os.killpg(self.server.pid, signal.SIGKILL)
            self.server.wait(timeout=10)
            self.server = None

    def call(self, method: str, path: str, body: Any = None, **query: Any) -> dict[str, Any]:
        """Call the API and return the answer's body, whatever its status; raises OSError where nobody answers."""
        from urllib.parse import urlencode

        address = f"{self.url}identity/v2/{path}?{urlencode({'apikey': API_KEY, **query})}"
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            address, data=data, method=method, headers={"Content-Type": "application/json"}
        )
        try:
            with urllib.request.urlopen(request, timeout=40) as answer:
                return dict(json.load(answer))
        except urllib.error.HTTPError as error:
            with error:
                return dict(json.load(error))

    def start_email(self, email: str, **facts: Any) -> str:
        """Start a one-touch login and return its GUID."""
        guid = str(uuid.uuid4())
        answer = self.call("POST", "auth/onetouchlogin/email", {"email": email, "clientguid": guid, **facts})
        assert answer.get("IsPosted") is True, answer
        return guid

    def ping(self, guid: str, **query: Any) -> dict[str, Any]:
        return self.call("GET", "auth/login/smartlogin/ping", clientguid=guid, **query)

    def approve(self, email: str) -> None:
        """Say yes to the newest link of an address, as a page of the application's own does."""
        link = re.findall(r"vtoken=([\w-]+)", self.wait_for_message(email)["text"])[0]
        answer = self.call("GET", "auth/email/onetouchlogin", verificationtoken=link)
        assert answer.get("IsVerified") is True, answer

    def start_phone(self, phone: str) -> dict[str, Any]:
        return self.call("POST", "auth/onetouchlogin/phone", {"phone": phone})

    def messages(self, to: str) -> list[dict[str, str]]:
        """What arrived in the inbox for one recipient, oldest first."""
        found = [json.loads(file.read_text("utf-8")) for file in sorted(self.inbox.glob("*.json"))]
        return [message for message in found if message["to"] == to]

    def wait_for_message(self, to: str, seconds: float = 10) -> dict[str, str]:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if found := self.messages(to):
                return found[-1]
            time.sleep(0.05)
        raise AssertionError(f"nothing arrived for {to}")


def dump_of(database: Path) -> str:
    """A SQLite database as text."""
    with closing(sqlite3.connect(database)) as connection:
        return "\n".join(connection.iterdump())
