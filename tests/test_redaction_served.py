"""The real gunicorn, uvicorn and runserver, set up as the documentation says: their logs have the requests, not the secrets."""

import json
import os
import re
import socket
import subprocess
import sys
import time
from urllib.parse import quote

import pytest

from .running import API_KEY, ROOT

PAGE = (ROOT / "docs/howto/observability.md").read_text("utf-8")
SERVERS = {
    "gunicorn": ["gunicorn", "--threads", "4", "-c", "gunicorn.conf.py", "--chdir", str(ROOT), "example_project.wsgi"],
    "gunicorn, talkative": ["gunicorn", "--threads", "4", "-c", "gunicorn.conf.py", "--log-level", "debug", "--chdir", str(ROOT), "example_project.wsgi"],
    "uvicorn": ["uvicorn", "--log-config", "uvicorn.json", "example_project.asgi:application"],
    "uvicorn, h11": ["uvicorn", "--log-config", "uvicorn.json", "--http", "h11", "--log-level", "trace", "example_project.asgi:application"],
    "runserver": ["django", "runserver", "--noreload"],
}  # fmt: skip


def block(language, mark):
    """A block of the page, as somebody copies it into a file."""
    return next(one for one in re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL) if mark in one)


class Secrets:
    """Values that no log may have, made as they are needed; each can be found again."""

    def __init__(self):
        self.made = []

    def __call__(self, kind="value"):
        number = len(self.made)
        made = {
            "value": f"secret-value-{number:04}",
            "phone": f"+1415{5550000 + number}",
            "email": f"person{number:04}@example.com",
            "guid": f"{number:08x}-aaaa-4bbb-8ccc-0123456789ab",
            "token": f"wT0x-9aZbQ_2rLk8VvYhUe3NnPp5Ss7DdFfGgHh{number:04}",
        }[kind]
        self.made.append(made)
        return made


def requests_of(secret):
    """Lines of requests with secrets in path, query, referrer and headers: what to send, and something of it to find."""
    address = "/identity/v2/auth/login/smartlogin/ping"
    for number, name in enumerate(("apikey", "clientguid", "ClientGUID", "otp", "OTP", "access_token", "Access-Token", "refresh_token", "vtoken", "V-Token", "verificationtoken", "apisecret", "api_secret", "sott", "g-recaptcha-response", "cf-turnstile-response", "password", "%6ftp", "v%74oken")):  # fmt: skip
        yield f"{address}?found=a{number}&{name}={secret()}&wait=0", {}
    yield f"{address}?found=b0&phone={quote(secret('phone'))}&email={quote(secret('email'))}", {}
    yield f"{address}?found=b1&phone={secret('phone')}&Email={secret('email')}", {}
    yield f"/signin/link/?found=c0&vtoken={secret('token')}", {}
    yield f"/signin/link/{secret('token')}/?found=c1", {}
    yield f"/nothing/here/{secret('guid')}?found=c2", {}
    yield f"/delivery/sms/inbox/?message={secret('guid')}&found=c3", {}
    yield f"/signin/?found=d0&next={quote('/signin/link/?vtoken=' + secret(), safe='')}", {}
    yield f"/signin/?found=d1&next={quote(quote('/a?email=' + secret('email'), safe=''), safe='')}", {}
    yield f"/signin%2Flink%2F%3Ffound=d2%26vtoken%3D{secret()}", {}
    yield "/signin/?found=e0", {"Referer": f"https://shop.example/?access_token={secret()}"}
    yield "/signin/?found=e1", {"Authorization": f"Bearer {secret()}", "X-LoginRadius-ApiSecret": secret()}
    yield "/signin/?found=e2", {"Cookie": f"sessionid={secret()}"}
    yield f"/signin/?found=e3&x={secret('guid')}", {"Host": f"otp={secret()}"}
    yield f"/admin/?found=f0&token={secret()}", {}


def send(port, target, headers):
    """Send a request as it is written; nothing is escaped on its way."""
    lines = [f"GET {target} HTTP/1.1", *(f"{name}: {value}" for name, value in {"Host": "127.0.0.1", "Connection": "close", **headers}.items())]  # fmt: skip
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        return b"".join(iter(lambda: connection.recv(65536), b""))


@pytest.fixture
def serve(make_site, tmp_path):
    """Start a server with the documented files, and return what it wrote when the test has sent its requests."""
    (tmp_path / "gunicorn.conf.py").write_text(block("python", "logconfig_dict"))
    (tmp_path / "uvicorn.json").write_text(block("json", "AccessFormatter"))
    started = []

    def start(name):
        level = "DEBUG" if "," in name else "INFO"
        site = make_site(environment={"DJANGO_SETTINGS_MODULE": "tests.settings_with_log", "LEVEL": level, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])})  # fmt: skip
        command = list(SERVERS[name])
        command += {"g": ["--bind", f"127.0.0.1:{site.port}"], "u": ["--port", str(site.port)], "r": [f"127.0.0.1:{site.port}"]}[name[0]]  # fmt: skip
        log = (tmp_path / "log").open("wb")
        files = [str(tmp_path / one) if one in {"gunicorn.conf.py", "uvicorn.json"} else one for one in command]
        process = subprocess.Popen([sys.executable, "-m", *files], cwd=ROOT, env=site.environment, stdout=log, stderr=log, start_new_session=True)  # fmt: skip
        started.append((process, log))
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            try:
                send(site.port, "/signin/", {})
            except OSError:
                time.sleep(0.05)
            else:
                return site
        raise AssertionError((tmp_path / "log").read_text())

    def stop():
        while started:
            process, log = started.pop()
            process.terminate()
            process.wait(timeout=20)
            log.close()
        return (tmp_path / "log").read_text("utf-8")

    yield start, stop
    stop()


@pytest.mark.parametrize("server", SERVERS)
def test_no_secret_is_in_the_log_of_a_real_server(serve, server):
    start, stop = serve
    site, secret = start(server), Secrets()
    sent = list(requests_of(secret))
    for target, headers in sent:
        assert send(site.port, target, headers).startswith(b"HTTP/1")
    site.call("PUT", "auth/onetouchlogin/phone/verify", {"phone": secret("phone"), "otp": secret()}, otp=secret())
    log = stop()
    lines = log.splitlines()
    seen = [one for one in secret.made if any(shape in log for shape in (one, quote(one), one.lstrip("+")))]
    assert not seen, [line for line in lines if any(one in line for one in seen)]
    assert API_KEY not in log
    assert "--- Logging error ---" not in log
    assert "could not be redacted" not in log
    for target, _headers in sent:
        assert re.search(r"found=\w\d+", target)[0] in log, f"the log has no line for {target}"
    assert "apikey=***" in log
    assert "loginradius_passwordless.events" in log
    told = [json.loads(line) for line in lines if line.startswith("{")]
    assert any(one.get("event") == "refused" and one["error"] for one in told)


def test_without_the_filter_the_secrets_would_be_there(serve, tmp_path):
    """What the test above looks for can be found: else it would hold nothing."""
    start, stop = serve
    (tmp_path / "uvicorn.json").write_text(block("json", "AccessFormatter").replace('"filters": ["redact"], ', ""))
    site, secret = start("uvicorn"), Secrets()
    for target, headers in requests_of(secret):
        send(site.port, target, headers)
    log = stop()
    assert len([one for one in secret.made if one in log or quote(one) in log]) > 20
