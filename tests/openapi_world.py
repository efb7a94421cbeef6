"""Whoever calls the API at random and still gets somewhere: knows the codes that were sent and the tokens it was given."""

import re
from collections import Counter
from random import Random
from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.core import mail
from django.core.handlers.wsgi import WSGIHandler
from schemathesis import checks, openapi
from schemathesis.checks import load_all_checks

from loginradius_passwordless.backends.sms import locmem as sms_locmem
from loginradius_passwordless.backends.voice import locmem as voice_locmem
from loginradius_passwordless.models import Application, ApplicationSecret, Customer, GuessBudget

from .conftest import User, customer_of

load_all_checks()
CHECKS = checks.CHECKS.get_by_names(
    [
        "not_a_server_error",
        "status_code_conformance",
        "content_type_conformance",
        "response_headers_conformance",
        "response_schema_conformance",
        "unsupported_method",
    ]
)
PHONES = ["+14155550123", "+4915112345678", "+919876543210", "+14155550199", "+442079460000"]
EMAILS = ["alice@example.com", "bob@example.com", "new@example.com"]
NAMES = ["alice", "phil", "nobody"]
FIELDS = ["*", "access_token", "Profile(Uid,Email),expires_in", "Profile/Email/Value", "IsPosted,nothing", "Profile("]
DAY = 250  # calls
PASSWORD = "correct horse battery"
BROWSER = {"Sec-Fetch-Mode": "navigate"}
WITHOUT_LIMITS = {
    "RESEND_GAP": 0,
    "MAX_WAIT": 0,
    "IDENTITY_FAILURES": 100,
    **dict.fromkeys(
        (
            "SENDS_PER_TEN_MINUTES", "SENDS_PER_DAY", "STARTS_PER_HOUR_PER_ADDRESS", "FAILURES_PER_MINUTE_PER_ADDRESS",
            "LOOKUPS_PER_MINUTE_PER_ADDRESS", "LOOKUPS_PER_MINUTE_PER_APPLICATION", "PINGS_PER_MINUTE",
        ),
        10_000_000,
    ),
}  # fmt: skip


VITAL = {
    "phone", "phoneid", "email", "username", "clientguid", "otp", "verificationtoken", "refreshtoken", "password", "claim",
}  # fmt: skip


def codes_in(text: str) -> list[str]:
    """Return the codes that a message has."""
    return re.findall(r"(?<![\w-])\d{6}(?![\w-])", text)


class World:
    """One application, some customers, and what a caller has learnt."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.application = Application.objects.create(name="Example Shop", api_key="shop-key-0001")
        self.secret = ApplicationSecret.objects.issue(self.application)
        self.make_customers()
        self.tokens: list[str] = ["00000000-0000-0000-0000-000000000000"]
        self.refresh_tokens: list[str] = list(self.tokens)
        self.uids: list[str] = [Customer.objects.latest("pk").uid]
        self.seen: Counter[tuple[str, str]] = Counter()
        self.guids: list[str] = []
        self.calls = 0
        self.faults: dict[tuple[Any, ...], str] = {}

    def make_customers(self) -> None:
        """Two customers of the site: one by mail, one by number and password."""
        alice = User.objects.create_user(username="alice", email="alice@example.com", password=PASSWORD)
        customer_of(alice, "alice@example.com", "+14155550123")
        customer_of(User.objects.create_user(username="phil", password=PASSWORD), phone="+4915112345678")

    def schema(self) -> Any:
        """Return what schemathesis makes of the document, as this site serves it."""
        return openapi.from_wsgi("/identity/openapi.json", WSGIHandler())

    def often(self, chance: float) -> bool:
        return self.random.random() < chance

    def prepare(self, case: Any) -> None:
        """Make a generated call one that leads somewhere, most of the time."""
        self._identify(case)
        body = case.body if isinstance(case.body, dict) else {}
        query = case.query if case.query is not None else {}
        for values in (body, query):
            for name in list(values):
                if name.lower() not in VITAL and self.often(0.6):
                    del values[name]
                elif self.often(0.85):
                    values[name] = self._known(name.lower(), values[name])
            self._agree(values)
        if "uid" in (case.path_parameters or {}) and self.often(0.8):
            case.path_parameters["uid"] = self.random.choice(self.uids)
        if self.often(0.75):
            query.pop("fields", None)
        elif self.often(0.7):
            query["fields"] = self.random.choice(FIELDS)
        if body and self.often(0.1):  # SDKs put what they like where they like, in any case
            name = self.random.choice(list(body))
            if isinstance(body[name], str):
                query[name.title()] = body.pop(name)
        case.query = query

    def _identify(self, case: Any) -> None:
        headers = {name: value for name, value in dict(case.headers or {}).items() if self.often(0.05)}
        if self.often(0.97):
            headers["X-LoginRadius-ApiKey"] = self.application.api_key
        if self.often(0.85):
            headers["X-LoginRadius-ApiSecret"] = self.secret
        if self.often(0.75):
            headers["Authorization"] = f"Bearer {self.random.choice(self.tokens[-5:])}"
        case.headers = {**headers, **(BROWSER if self.often(0.02) else {})}
        if case.query:
            case.query.pop("apikey", None)

    def _agree(self, values: dict[str, Any]) -> None:
        """Let a code or a password be that of the number, as it is where a person sends it."""
        if not {"phone", "email"} & values.keys() or self.often(0.2):
            return
        if "otp" in values and "email" in values and mail.outbox:
            [values["email"]], text = mail.outbox[-1].to, str(mail.outbox[-1].body)
            values["otp"] = (codes_in(text) or ["000000"])[0]
        elif "otp" in values and sms_locmem.outbox:
            newest = sms_locmem.outbox[-1]
            values |= {"phone": newest.to, "otp": (codes_in(newest.text) or ["000000"])[0]}
        elif "password" in values:
            values |= {"phone": "+4915112345678", "password": PASSWORD}

    def _known(self, name: str, value: Any) -> Any:
        """Return a value that means something here for a parameter of this name."""
        wide = {
            "phone": PHONES, "phoneid": PHONES, "username": NAMES, "clientguid": self._guids(), "password": [PASSWORD],
            "otp": [*self._codes()[-3:], "000000"], "verificationtoken": self._links()[-3:],
            "refreshtoken": self.refresh_tokens[-5:], "claim": [True, False], "wait": [0, 1], "matchnumber": [True, 42],
            "smstemplate": ["", "other"], "isvoiceotp": [False, True],
        }  # fmt: skip
        if name == "email" and isinstance(value, str):
            return self.random.choice(EMAILS)
        choices = wide.get(name)
        return self.random.choice(choices) if choices else value

    def _guids(self) -> list[str]:
        """Those of the newest devices, and one more."""
        if not self.guids or self.often(0.3):
            self.guids.append(f"guid-of-device-{len(self.guids):06}")
        return self.guids[-3:]

    @staticmethod
    def _codes() -> list[str]:
        texts = [message.text for message in [*voice_locmem.outbox[-2:], *sms_locmem.outbox[-2:]]]
        texts += [str(message.body) for message in mail.outbox[-2:]]
        return [code for text in texts for code in codes_in(text)]

    @staticmethod
    def _links() -> list[str]:
        bodies = [str(message.body) for message in mail.outbox[-4:]] + [sms.text for sms in sms_locmem.outbox[-2:]]
        links = [link for body in bodies for link in re.findall(r"https?://\S+vtoken=\S+", body)]
        return ["not-a-token-of-this-site", *(parse_qs(urlsplit(link).query)["vtoken"][0] for link in links)]

    def learn(self, case: Any, response: Any) -> None:
        """Count an answer, and keep what it tells for later calls."""
        self.calls += 1
        body = self._body(response)
        self.seen[case.operation.label, str(body.get("ErrorCode", response.status_code))] += 1
        if self.calls % DAY == 0:  # yesterday's wrong guesses lock nobody today
            GuessBudget.objects.all().delete()
            del mail.outbox[:-20], sms_locmem.outbox[:-20], voice_locmem.outbox[:-20]
        profile = body.get("Profile") or body
        for known, value in (
            (self.tokens, body.get("access_token")),
            (self.refresh_tokens, body.get("refresh_token")),
            (self.uids, profile.get("Uid") if isinstance(profile, dict) else None),
        ):
            if isinstance(value, str):
                known.append(value)
        if not User.objects.filter(username="alice").exists():  # it deleted the account
            User.objects.filter(username="phil").delete()
            self.make_customers()

    @staticmethod
    def _body(response: Any) -> dict[str, Any]:
        if "application/json" not in response.headers.get("content-type", [""])[0]:
            return {}
        return dict(response.json())
