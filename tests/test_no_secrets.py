"""Two thousand secrets go through every flow. Each is in the one answer or message that it is meant for, and nowhere else."""

import itertools
import logging
import re
import uuid
from collections import Counter
from urllib.parse import quote

import pytest
from django.db import connection

from loginradius_passwordless import journal, signals
from loginradius_passwordless.backends.sms import locmem
from loginradius_passwordless.backends.voice import locmem as voice_locmem
from loginradius_passwordless.models import Application, ApplicationSecret, Event

from .conftest import API_Client, User, customer_of, fields_of
from .receiver import subscribe
from .secret_places import PLACES, Everything, Recording

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.urls("tests.urls_with_metrics")]
SECRETS = 2000
TALKATIVE = 1  # for how many of them Django logs its SQL, too
CODE = re.compile(r"(?<![A-Za-z0-9#_-])([0-9A-HJ-NP-Z]{10})(?![A-Za-z0-9_-])")
TOKEN = re.compile(r"vtoken=([\w-]{20,})")
ROOMY = {
    "RESEND_GAP": 0, "SENDS_PER_TEN_MINUTES": 9999, "SENDS_PER_DAY": 9999, "STARTS_PER_HOUR_PER_ADDRESS": 99999, "FAILURES_PER_MINUTE_PER_ADDRESS": 99999,
    "LOOKUPS_PER_MINUTE_PER_ADDRESS": 99999, "LOOKUPS_PER_MINUTE_PER_APPLICATION": 99999, "PINGS_PER_MINUTE": 999,
    "CODE_LENGTH": 10, "CODE_ALPHABET": "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ", "METRICS_TOKEN": "metrics-token-of-this-test",
}  # fmt: skip


class CarryingClient(API_Client):
    """Brings a secret along in the query and in a header of every call, needed or not."""

    def __init__(self, world, api_key):
        super().__init__(api_key)
        self.world, self.client = world, Recording(world, raise_request_exception=False)

    def call(self, method, path, body=None, *, headers=None, **query):
        header = {"X-LoginRadius-ApiSecret": self.world.made("API secret that is none", f"none-{uuid.uuid4()}")}
        query = {"g-recaptcha-response": self.world.made("captcha", f"03AFcWeA{uuid.uuid4().hex}"), **query}
        return super().call(method, path, body, headers={**header, **(headers or {})}, **query)


class World:
    """Who takes part, what was answered, sent and logged, and which secrets there are and where they belong."""

    metrics_token = ROOMY["METRICS_TOKEN"]

    def __init__(self, mailbox, superuser):
        self.mailbox, self.superuser = mailbox, superuser
        self.answers, self.log = [], Everything()
        self.secrets, self.meant = {}, {}
        self.numbers = itertools.count()

    # Secrets

    def made(self, kind, secret, *meant):
        """Note a secret, and the names of the texts that it is meant for: none where a client made it."""
        assert len(secret) >= 10, (kind, secret)
        self.secrets[secret] = kind
        self.meant.setdefault(secret, set()).update(meant)
        return secret

    def guid(self):
        return self.made("guid", str(uuid.uuid4()))

    def password(self):
        return self.made("password", f"pass phrase {uuid.uuid4().hex}")

    def tokens(self, answer):
        """Take the tokens out of an answer, which is the one that they are meant for."""
        body = answer.json()
        assert "access_token" in body, body
        for name in ("access_token", "refresh_token"):
            self.made(name, body[name], answer.name)
        return body

    # Messages

    @property
    def sent(self):
        return [*locmem.outbox, *voice_locmem.outbox]

    def messages(self):
        for number, mail in enumerate(self.mailbox):
            parts = [mail.subject, str(mail.extra_headers), mail.body, *(part.content for part in mail.alternatives)]
            yield f"mail {number}", "\n".join(parts)
        for kind, outbox in (("text", locmem.outbox), ("call", voice_locmem.outbox)):
            for number, one in enumerate(outbox):
                yield f"{kind} {number}", one.text

    def link(self):
        """The secret of the link in the newest mail."""
        return self.made("link", TOKEN.search(self.mailbox[-1].body)[1], f"mail {len(self.mailbox) - 1}")

    def mailed_code(self):
        return self.made("code", CODE.search(self.mailbox[-1].body)[1], f"mail {len(self.mailbox) - 1}")

    def texted_code(self):
        """The code of the newest text that has one: a welcome may have come after it."""
        number, found = next((number, CODE.search(one.text)) for number, one in reversed(list(enumerate(locmem.outbox))) if CODE.search(one.text))  # fmt: skip
        return self.made("code", found[1], f"text {number}")

    # People

    def email(self):
        return f"alice{next(self.numbers)}@example.com"

    def phone(self):
        return f"+1415555{next(self.numbers):04}"

    def api(self, application):
        return CarryingClient(self, application.api_key)

    def person(self):
        return Recording(self, enforce_csrf_checks=True, raise_request_exception=False)

    def opened(self, person, address, secret):
        """Open a link in a browser: its secret goes into a cookie of that browser, and into nothing else."""
        answer = person.get(f"{address}?vtoken={secret}")
        assert answer.status_code == 303
        self.made(self.secrets[secret], secret, answer.name)
        return person.get(answer["Location"])


@pytest.fixture
def world(mailbox, site, admin_user):
    site(**ROOMY)
    made = World(mailbox, admin_user)
    root = logging.getLogger()
    levels = {logger: logger.level for logger in [root, *map(logging.getLogger, list(root.manager.loggerDict))]}
    for logger in levels:
        logger.setLevel(logging.DEBUG)
    root.addHandler(made.log)
    yield made
    root.removeHandler(made.log)
    for logger, level in levels.items():
        logger.setLevel(level)


@pytest.fixture
def shop_api(world, shop):
    """An API client whose requests bring the API secret along where it is asked for."""
    api = world.api(shop)
    api.secret = world.made("API secret", ApplicationSecret.objects.issue(shop))
    endpoint, secret = subscribe(shop, "https://hooks.example/")
    world.made("webhook secret", secret)
    endpoint.is_paused = True  # what it would be told is kept and not sent
    endpoint.save()
    api.with_secret = {"X-LoginRadius-ApiSecret": api.secret}
    return api


def bearer(tokens):
    return {"Authorization": f"Bearer {tokens['access_token']}"}


# The flows


def use_tokens(world, api, tokens):
    """Look at oneself, refresh, use the old refresh token once more, and sign out."""
    assert api.get("auth/account", headers=bearer(tokens)).status_code == 200
    validated = api.get("auth/access_token/validate", headers=bearer(tokens))
    told = api.get("auth/access_token", headers=bearer(tokens))
    for answer in (validated, told):  # given back to who sent it, as the wire has it
        world.made("access_token", tokens["access_token"], answer.name)
    refreshed = api.get("manage/account/access_token/refresh", refresh_token=tokens["refresh_token"], headers=api.with_secret)  # fmt: skip
    new = world.tokens(refreshed)
    api.get("manage/account/access_token/refresh", refresh_token=tokens["refresh_token"], headers=api.with_secret)
    api.get("auth/access_token/invalidate", headers=bearer(new))


def one_touch_by_mail(world, api, number):
    guid, email = world.guid(), world.email()
    api.post("auth/onetouchlogin/email", {"email": email, "clientguid": guid, "name": "Alice"})
    secret = world.link()
    api.get("auth/login/smartlogin/ping", clientguid=guid)
    if number % 2:
        page = world.opened(world.person(), "/signin/link/", secret)
        browser = page.client
        browser.post("/signin/link/", {**fields_of(page), "decision": "approve"})
    else:
        api.get("auth/email/onetouchlogin", verificationtoken=secret)
    api.get("auth/login/smartlogin/events", clientguid=guid, claim="false")
    tokens = world.tokens(api.get("auth/login/smartlogin/ping", clientguid=guid))
    api.get("auth/login/smartlogin/ping", clientguid=guid)
    api.get("auth/email/onetouchlogin", verificationtoken=secret)
    use_tokens(world, api, tokens)


def denied(world, api, number):
    api.post("auth/onetouchlogin/email", {"email": world.email(), "clientguid": world.guid()})
    person = world.person()
    page = world.opened(person, "/signin/link/", world.link())
    person.post("/signin/link/", {**fields_of(page), "decision": "deny"})
    person.post("/signin/link/", {"decision": "approve"})  # without the form's token: Django logs it


def one_touch_by_phone(world, api, number):
    phone = world.phone()
    api.post("auth/onetouchlogin/phone", {"phone": phone})
    code = world.texted_code()
    api.put("auth/onetouchlogin/phone/verify", {"phone": phone}, otp=world.made("wrong code", uuid.uuid4().hex[:10]))
    tokens = world.tokens(api.put("auth/onetouchlogin/phone/verify", {"phone": phone}, otp=code.lower()))
    api.put("auth/onetouchlogin/phone/verify", {"phone": phone}, otp=code)
    use_tokens(world, api, tokens)


def smart(world, api, number):
    guid, email = world.guid(), world.email()
    customer_of(User.objects.create(username=email.partition("@")[0], email=email), email)
    api.get("auth/login/smartlogin", email=email, clientguid=guid)
    api.get("auth/email/smartlogin", verificationtoken=world.link())
    world.tokens(api.get("auth/login/smartlogin/ping", clientguid=guid))


def passwordless_by_mail(world, api, number):
    email = world.email()
    customer_of(User.objects.create(username=email.partition("@")[0], email=email), email)
    for agent in ("Mozilla/5.0 (iPhone)", "Mozilla/5.0 (Windows NT 10.0)"):
        api.get("auth/login/passwordlesslogin/email", email=email)
        code, secret = world.mailed_code(), world.link()
        if "iPhone" in agent:
            answer = api.get("auth/login/passwordlesslogin/email/verify", verificationtoken=secret, headers={"User-Agent": agent})  # fmt: skip
        else:
            answer = api.post("auth/login/passwordlesslogin/email/verifyotp", {"email": email, "otp": code}, headers={"User-Agent": agent})  # fmt: skip
        world.tokens(answer)
    assert "not-me" in world.mailbox[-1].body
    person = world.person()
    page = world.opened(person, "/signin/not-me/", world.link())
    person.post("/signin/not-me/", {**fields_of(page), "decision": "disown"})


def passwordless_by_phone(world, api, number):
    phone = world.phone()
    customer_of(User.objects.create(username=f"phil{phone[1:]}"), phone=phone)
    api.get("auth/login/passwordlesslogin/otp", phone=phone)
    world.tokens(api.put("auth/login/passwordlesslogin/otp/verify", {"phone": phone, "otp": world.texted_code()}))


def phone_authentication(world, api, number):
    phone, password = world.phone(), world.password()
    answer = api.get("manage/account/sott", headers=api.with_secret, timedifference=10)
    sott = world.made("SOTT", answer.json()["Sott"], answer.name)
    api.post("auth/register", {"PhoneId": phone, "Password": password}, headers={"X-LoginRadius-Sott": sott})
    world.tokens(api.put("auth/phone/otp", {"phone": phone}, otp=world.texted_code()))
    world.tokens(api.post("auth/login", {"phone": phone, "password": password}))
    api.post("auth/login", {"phone": phone, "password": world.made("wrong password", uuid.uuid4().hex)})
    api.post("auth/password/otp", {"phone": phone})
    password = world.password()
    answer = api.put("auth/password/otp", {"phone": phone, "otp": world.texted_code(), "password": password})
    assert answer.status_code == 200, answer.content
    tokens = world.tokens(api.post("auth/login", {"phone": phone, "password": password}))
    other = world.phone()
    api.put("auth/phone", {"phone": other}, headers=bearer(tokens))
    answer = api.put("auth/phone/otp", {}, otp=world.texted_code(), headers=bearer(tokens))
    assert answer.status_code == 200, answer.content
    if number % 2:
        api.get("auth/account/otp", headers=bearer(tokens))
        assert api.post("auth/account/delete", {"otp": world.texted_code()}, headers=bearer(tokens)).status_code == 200


def on_the_pages(world, api, number):
    email = world.email()
    customer_of(User.objects.create(username=email.partition("@")[0], email=email), email)
    person = world.person()
    page = person.get("/signin/")
    hidden = dict(re.findall(r'<input type="hidden" name="(apikey|target)" value="([^"]*)">', page.content.decode()))
    person.post("/signin/", {"who": email, **fields_of(page), **hidden})
    code = world.mailed_code()
    world.link()
    page = person.get("/signin/code/")
    person.post("/signin/code/", {**fields_of(page), "code": world.made("wrong code", uuid.uuid4().hex[:10])})
    answer = person.post("/signin/code/", {**fields_of(person.get("/signin/code/")), "code": code})
    assert answer.status_code == 303, answer.content
    assert person.get("/signin/account/").status_code == 200
    password = world.password()
    page = person.get("/signin/password/")
    person.post("/signin/password/", {**fields_of(page), "phone": world.phone(), "password": password})


def with_a_fault(world, api, number):
    """Something of the site's fails while secrets are in every frame, and a provider quotes what it was given."""

    def fail(sender, **told):
        raise RuntimeError("a fault of the site's")

    signals.customer_registered.connect(fail)
    try:
        phone = world.phone()
        api.post("auth/onetouchlogin/phone", {"phone": phone})
        assert api.put("auth/onetouchlogin/phone/verify", {"phone": phone}, otp=world.texted_code()).status_code == 500
        guid = world.guid()
        api.post("auth/onetouchlogin/email", {"email": world.email(), "clientguid": guid})
        assert api.get("auth/email/onetouchlogin", verificationtoken=world.link()).status_code == 500
    finally:
        signals.customer_registered.disconnect(fail)


def with_a_provider_that_quotes(world, api, number):
    sending, said = locmem.SMSBackend.send, []

    def fail(self, sms):
        said.append(CODE.search(sms.text)[1])
        raise RuntimeError(f"cannot send {sms.text!r} to {sms.to}")

    locmem.SMSBackend.send = fail
    try:
        api.post("auth/onetouchlogin/phone", {"phone": world.phone()})
    finally:
        locmem.SMSBackend.send = sending
    world.made("code", said[0])


def with_wrong_secrets(world, api, number):
    """What is refused is logged, and what was sent must not be."""
    made = [world.made("made up", uuid.uuid4().hex + "x") for _number in range(8)]
    api.get("auth/account", headers={"Authorization": f"Bearer {made[0]}"})
    api.get("manage/account/access_token/refresh", refresh_token=made[1], headers={"X-LoginRadius-ApiSecret": made[2]})
    api.get("auth/email/onetouchlogin", verificationtoken=made[3])
    api.get("auth/login/smartlogin/ping", clientguid=made[4])
    api.post("auth/register", {"PhoneId": world.phone(), "Password": made[5]}, headers={"X-LoginRadius-Sott": made[6]})
    api.post("auth/onetouchlogin/email", b'{"email": "' + made[7].encode())
    world.person().get("/signin/code/")


def with_an_application_of_its_own(world, api, number):
    application = Application.objects.create(name=f"Shop {number}", api_key=f"shop-{number}-key")
    ours = world.api(application)
    for secret in (ApplicationSecret.objects.issue(application) for _number in range(3)):
        ours.get("manage/account/sott", headers={"X-LoginRadius-ApiSecret": world.made("API secret", secret)})


FLOWS = [
    one_touch_by_mail, denied, one_touch_by_phone, smart, passwordless_by_mail, passwordless_by_phone, phone_authentication, on_the_pages,
    with_a_fault, with_a_provider_that_quotes, with_wrong_secrets, with_an_application_of_its_own,
]  # fmt: skip


def go_round(world, api):
    """Send everybody through every flow, until there are enough secrets."""
    number = 0
    while len(world.secrets) < SECRETS:
        connection.force_debug_cursor = number < TALKATIVE
        for flow in FLOWS:
            flow(world, api, number)
        number += 1
    connection.force_debug_cursor = False
    connection.queries_log.clear()


def found_in(texts, secrets):
    """Yield the name of each text, and the secrets in it, in capitals or not, escaped or not."""
    texts = [(name, text.lower()) for name, text in texts]
    everything = "\n".join(text for _name, text in texts)
    for secret in secrets:
        shapes = {secret.lower(), quote(secret, safe="").lower()}
        if any(shape in everything for shape in shapes):
            yield from ((name, secret) for name, text in texts if any(shape in text for shape in shapes))


def test_a_secret_is_where_it_is_meant_to_be_and_nowhere_else(world, shop_api):
    go_round(world, shop_api)
    kinds = Counter(world.secrets.values())
    assert len(world.secrets) >= SECRETS
    assert all(kinds[kind] >= 10 for kind in ("guid", "link", "code", "access_token", "refresh_token", "password", "SOTT", "API secret")), kinds  # fmt: skip
    misplaced, seen = [], set()
    for place in PLACES:
        texts = list(place(world))
        assert texts, place.__name__
        for name, secret in found_in(texts, world.secrets):
            seen.add((secret, name))
            if name not in world.meant[secret]:
                misplaced.append((world.secrets[secret], name))
    assert not misplaced, Counter(misplaced).most_common(20)
    # The search finds what is there: each where it is meant to be.
    meant = {(secret, name) for secret, names in world.meant.items() for name in names}
    assert meant == seen
    assert "log of django.db.backends" in {name for name, _text in world.log.texts}


# The search itself


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.__name__)
def test_a_secret_that_leaks_is_found(world, shop_api, place, monkeypatch):
    """Each place, with a leak in it that somebody could build one day."""
    secret = world.made("leak", "leaked_secret_0123456789")
    person = customer_of(User.objects.create(username="alice", first_name=secret), "alice@example.com")
    monkeypatch.setattr(type(person), "__str__", lambda self: f"customer {self.user.first_name}")
    shop_api.get("auth/login/passwordlesslogin/email", email="alice@example.com")
    world.tokens(shop_api.get("auth/login/passwordlesslogin/email/verify", verificationtoken=world.link()))
    logging.getLogger("somebody").debug("got %s", secret)
    Event.objects.create(name="signed_in", detail=secret)
    journal.tell_now("provider_failed", channel="sms", provider=secret)
    assert (secret in dict.fromkeys(one for _name, one in found_in(list(place(world)), {secret}))) == (
        place.__name__ != "messages"
    )
    if place.__name__ == "messages":
        world.mailbox[-1].body += secret
        assert list(found_in(list(place(world)), {secret}))
