"""CAPTCHA vendors on this machine: each answers as its documentation says it does."""

import json
import socket
import threading
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime

import altcha
from werkzeug import Response

from loginradius_passwordless.backends.captcha import altcha as altcha_backend
from loginradius_passwordless.backends.captcha import hcaptcha, qq, recaptcha, turnstile
from loginradius_passwordless.backends.captcha.base import Solution

HOST, ACTION, ADDRESS = "shop.example", "onetouchlogin", "203.0.113.7"
SITE_KEY, SECRET = "site-key-of-this-shop", "secret-of-this-shop"
TOKEN, RANDSTR = "03AGdBq24-token_of.this*person", "@Vki"
HMAC_KEY = "an hmac key for tests with more than 32 characters"


def stamp(age=0):
    return datetime.fromtimestamp(datetime.now(UTC).timestamp() - age, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class SiteVerify:
    """Google, hCaptcha or Cloudflare: one token is good, and ``told`` is what else a verdict says."""

    def __init__(self, backend, **told):
        self.backend, self.told = backend, told

    def make(self, url, **options):
        made = self.backend(**{"site_key": SITE_KEY, "secret": SECRET, **options})
        made.verify_url = f"{url}/siteverify"
        return made

    def verdict(self, **changed):
        return {"success": True, "challenge_ts": stamp(), "hostname": HOST, **self.told, **changed}

    def answer(self, request):
        if request.form["secret"] != SECRET:
            return {"success": False, "error-codes": ["invalid-input-secret"]}
        if request.form["response"] != TOKEN:
            return {"success": False, "error-codes": ["invalid-input-response"]}
        return self.verdict()

    def token(self, backend):
        return TOKEN


class Tencent:
    """Tencent: one ticket is good, with one random string."""

    def make(self, url, **options):
        keys = {"app_id": 201111111, "app_secret": SECRET, "secret_id": "AKIDtest", "secret_key": "key-of-the-account"}
        return qq.CaptchaBackend(**{**keys, "url": url, **options})

    def verdict(self, **changed):
        return {"Response": {"CaptchaCode": 1, "CaptchaMsg": "OK", "EvilLevel": 0, "RequestId": "r", **changed}}

    def answer(self, request):
        asked = json.loads(request.data)
        if asked["Ticket"] != TOKEN:
            return self.verdict(CaptchaCode=15, CaptchaMsg="decrypt fail")
        return self.verdict() if asked["Randstr"] == RANDSTR else self.verdict(CaptchaCode=7)

    def token(self, backend):
        return TOKEN


class Altcha:
    """Nobody: the browser, which does the work."""

    def make(self, url="", **options):
        return altcha_backend.CaptchaBackend(**{"hmac_key": HMAC_KEY, "cost": 1, "tries": 20, **options})

    def answer(self, request):
        raise AssertionError("nobody is asked")

    def token(self, backend):
        return solve(backend.challenge(ACTION))


def solve(challenge):
    """Return the payload that a browser would send for a challenge."""
    challenge = altcha.Challenge.from_dict(challenge)
    return altcha.Payload(challenge, altcha.solve_challenge(challenge)).to_base64()


VENDORS = {
    "recaptcha": SiteVerify(recaptcha.CaptchaBackend),
    "recaptcha score": SiteVerify(recaptcha.ScoreCaptchaBackend, action=ACTION, score=0.9),
    "hcaptcha": SiteVerify(hcaptcha.CaptchaBackend, credit=False),
    "turnstile": SiteVerify(turnstile.CaptchaBackend, action=ACTION, **{"error-codes": []}, cdata=""),
    "qq": Tencent(),
    "altcha": Altcha(),
}
SITE_VERIFY = [name for name, vendor in VENDORS.items() if isinstance(vendor, SiteVerify)]
ASKED = [name for name in VENDORS if name != "altcha"]


def solution(token=TOKEN, **changed):
    told = {"extra": {"randstr": RANDSTR}, "address": ADDRESS, "action": ACTION, "hosts": frozenset({HOST})}
    return Solution(token, **{**told, **changed})


def serve(httpserver, vendor):
    """Have a vendor answer whatever is asked, and return its backend."""
    httpserver.expect_request("/siteverify").respond_with_handler(lambda request: as_json(vendor.answer(request)))
    httpserver.expect_request("/").respond_with_handler(lambda request: as_json(vendor.answer(request)))
    return vendor.make(httpserver.url_for("").rstrip("/"))


def always(httpserver, vendor, body, status=200, **options):
    """Have somebody in place of a vendor answer always the same, and return the backend that asks."""
    text = body if isinstance(body, str | bytes) else json.dumps(body)
    for path in ("/siteverify", "/"):
        httpserver.expect_request(path).respond_with_data(text, status=status)
    return vendor.make(httpserver.url_for("").rstrip("/"), **options)


def as_json(body):
    return Response(json.dumps(body), content_type="application/json")


@contextmanager
def raw_server(reply, hold=0.0):
    """A server that answers one connection with these bytes, and closes after a while."""
    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer():
            connection, _address = listener.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(reply)
                over.wait(hold)

        thread = threading.Thread(target=answer)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            over.set()
            thread.join()


class LocalTurnstile(turnstile.CaptchaBackend):
    """Turnstile at an address of a test's own."""

    def __init__(self, *, verify_url, **options):
        super().__init__(**options)
        self.verify_url = verify_url


class TurnstileWithScript(LocalTurnstile):
    """The same, whose script is at that address too."""

    def widget(self, action, language):
        home = self.verify_url.removesuffix("/api/siteverify")
        sources = {"script-src": (home,), "frame-src": (home,)}
        return replace(super().widget(action, language), script=f"{home}/api.js", sources=sources)


class LocalHCaptcha(hcaptcha.CaptchaBackend):
    """hCaptcha at an address of a test's own."""

    def __init__(self, *, verify_url, **options):
        super().__init__(**options)
        self.verify_url = verify_url


def described(name, url):
    """Return how a site describes a provider whose vendor is at an address of this machine."""
    keys = {"site_key": SITE_KEY, "secret": SECRET, "hosts": [HOST]}
    here = "tests.captcha_vendors."
    ours = "loginradius_passwordless.backends.captcha."
    return {
        "recaptcha": (f"{ours}recaptcha.CaptchaBackend", {**keys, "base_url": url}),
        "recaptcha score": (f"{ours}recaptcha.ScoreCaptchaBackend", {**keys, "base_url": url}),
        "hcaptcha": (f"{here}LocalHCaptcha", {**keys, "verify_url": f"{url}/api/siteverify"}),
        "turnstile": (f"{here}LocalTurnstile", {**keys, "verify_url": f"{url}/api/siteverify"}),
        "qq": (
            f"{ours}qq.CaptchaBackend",
            {"app_id": 201111111, "app_secret": SECRET, "secret_id": "AKIDtest", "secret_key": "key", "url": url},
        ),
        "altcha": (f"{ours}altcha.CaptchaBackend", {"hmac_key": HMAC_KEY, "cost": 1, "tries": 20}),
    }[name]
