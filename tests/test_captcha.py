"""CAPTCHA through the front door: who has to solve one, every way around it, and what the hosted pages show."""

import base64
import json
import threading
import time
from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone
from werkzeug import Response

from loginradius_passwordless.backends import cache as cache_port
from loginradius_passwordless.backends.captcha import locmem
from loginradius_passwordless.models import ApplicationSecret, LoginAttempt, Message, UsedSolution

from .captcha_vendors import ACTION, RANDSTR, TOKEN, VENDORS, as_json, described, solve, stamp
from .conftest import API_Client, code_from, error_code, fields_of, new_guid, start_phone

EMAIL, PHONE = "auth/onetouchlogin/email", "auth/onetouchlogin/phone"
NUMBER = "+14155550123"
MEMORY = {"memory": {"BACKEND": "loginradius_passwordless.backends.captcha.locmem.CaptchaBackend"}}
FIELDS = {
    "recaptcha": "g-recaptcha-response", "recaptcha score": "g-recaptcha-response", "hcaptcha": "h-captcha-response",
    "turnstile": "cf-turnstile-response", "qq": "qq_captcha_ticket", "altcha": "altcha",
}  # fmt: skip

pytestmark = pytest.mark.django_db(transaction=True)


class World:
    """A site with one provider, whose vendor answers as it documents until a test says otherwise."""

    def __init__(self, name, api, httpserver, site):
        self.name, self.api, self.vendor = name, api, VENDORS[name]
        self.answer = self.vendor.answer
        self.over = threading.Event()
        httpserver.expect_request("/api/siteverify").respond_with_handler(self._respond)
        httpserver.expect_request("/").respond_with_handler(self._respond)
        self.url = httpserver.url_for("").rstrip("/")
        backend, options = described(name, self.url)
        site(CAPTCHA_PROVIDERS={name: {"BACKEND": backend, "OPTIONS": options}}, RESEND_GAP=0)

    def _respond(self, request):
        answer = self.answer(request)
        return answer if isinstance(answer, Response) else Response(json.dumps(answer), mimetype="application/json")

    def says(self, **changed):
        self.answer = lambda request: self.vendor.verdict(**changed)

    def challenge(self, action=ACTION):
        return self.vendor.make().challenge(action)

    def token(self):
        return solve(self.challenge()) if self.name == "altcha" else TOKEN

    def brings(self, token):
        extra = {"qq_captcha_randstr": RANDSTR} if self.name == "qq" else {}
        return {FIELDS[self.name]: token, **extra}

    def start(self, brought, phone=NUMBER):
        return self.api.post(PHONE, {"Phone": phone, **brought})


@pytest.fixture
def world(api, httpserver, site):
    made = []

    def make(name):
        made.append(World(name, api, httpserver, site))
        return made[-1]

    yield make
    for world in made:
        world.over.set()


# What lets people through


@pytest.mark.parametrize("name", VENDORS)
def test_a_person_who_solves_it_gets_the_message(world, name, sms_outbox):
    world = world(name)
    assert world.start(world.brings(world.token())).status_code == 200
    assert len(sms_outbox) == 1
    assert UsedSolution.objects.count() == 1


SPELLINGS = [
    ("recaptcha", {"g-recaptcha-response": TOKEN}), ("recaptcha", {"g_recaptcha_response": TOKEN}), ("recaptcha", {"GoogleRecaptchaResponse": TOKEN}),
    ("hcaptcha", {"h-captcha-response": TOKEN}), ("hcaptcha", {"HCaptchaResponse": TOKEN}), ("hcaptcha", {"h_captcha_response": TOKEN}),
    ("qq", {"qq_captcha_ticket": TOKEN, "qq_captcha_randstr": RANDSTR}), ("qq", {"qq_recaptcha_ticket": TOKEN, "qq_recaptcha_randstr": RANDSTR}),
    ("qq", {"QQCaptchaTicket": TOKEN, "QQCaptchaRandomString": RANDSTR}), ("qq", {"QqCaptchaTicket": TOKEN, "qq_captcha_response": RANDSTR}),
    ("turnstile", {"cf-turnstile-response": TOKEN}), ("turnstile", {"cf_turnstile_response": TOKEN}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "spelling"), SPELLINGS)
@pytest.mark.parametrize("place", ["body", "query"])
def test_every_spelling_of_the_contract_counts(world, name, spelling, place, sms_outbox):
    world = world(name)
    in_body, in_query = (spelling, {}) if place == "body" else ({}, spelling)
    assert world.api.post(PHONE, {"Phone": NUMBER, **in_body}, **in_query).status_code == 200
    assert len(sms_outbox) == 1


# Every way around it: 1218, no message, nothing counted


def used_before(world):
    token = world.token()
    assert world.start(world.brings(token), phone="+14155550999").status_code == 200
    return world.brings(token)


def says(**changed):
    def pattern(world):
        world.says(**changed)
        return world.brings(world.token())

    return pattern


def answers(make):
    def pattern(world):
        world.answer = lambda request: make(world)
        return world.brings(world.token())

    return pattern


def hangs(world):
    world.over.wait(60)
    return Response("{}", mimetype="application/json")


def brings(token):
    return lambda world: world.brings(token)


def under_a_name_of_another_provider(world):
    return {"cf-turnstile-response" if world.name != "turnstile" else "h-captcha-response": world.token()}


def payload(change):
    """Have somebody change what a browser of theirs has solved."""

    def pattern(world):
        told = json.loads(base64.b64decode(world.token()))
        change(told)
        return world.brings(base64.b64encode(json.dumps(told).encode()).decode())

    return pattern


def written_in_another_way(world):
    token = used_before(world)["altcha"]
    told = json.loads(base64.b64decode(token))
    return world.brings(base64.b64encode(json.dumps(told, indent=1).encode()).decode())


def for_another_action(world):
    return world.brings(solve(world.challenge("comments")))


def expired(world):
    with time_machine.travel(timezone.now() - timedelta(minutes=11)):
        challenge = world.challenge()
    return world.brings(solve(challenge))


OF_ALL = {
    "nothing": lambda world: {}, "empty": brings(""), "null": brings(None), "a list": brings([TOKEN]), "an object": brings({"token": TOKEN}),
    "a number": brings(1), "true": brings(True), "abcd": brings("abcd"), "blanks": brings("   "), "not ASCII": brings("ｔoken"), "4,000 characters": brings("x" * 4000),
    "used before": used_before, "under another name": under_a_name_of_another_provider,
}  # fmt: skip
OF_VENDORS = {
    "500": answers(lambda world: Response("oops", 500)), "HTML": answers(lambda world: Response("<html>welcome</html>", 200)), "an empty answer": answers(lambda world: Response("", 200)),
    "half an answer": answers(lambda world: Response('{"success": tr', 200)), "a list": answers(lambda world: Response("[true]", 200)), "a redirect": answers(lambda world: Response("", 302, {"Location": "/yes"})),
    "too many requests": answers(lambda world: Response("{}", 429, {"Retry-After": "1"})), "no answer": answers(hangs),
}  # fmt: skip
OF_SITE_VERIFY = {
    "refused": says(success=False, **{"error-codes": ["invalid-input-response"]}), "used at the vendor": says(success=False, **{"error-codes": ["timeout-or-duplicate"]}),
    "our secret is wrong": says(success=False, **{"error-codes": ["invalid-input-secret"]}), "true as text": says(success="true"), "one for true": says(success=1),
    "solved on another site": says(hostname="evil.example"), "solved on a name that ends alike": says(hostname="notshop.example"), "solved an hour ago": says(challenge_ts=stamp(3600)),
    "passed, with errors": says(**{"error-codes": ["over-quota"]}),
}  # fmt: skip
OF_ACTIONS = {"for another action": says(action="comments"), "for no action": says(action="")}
PATTERNS = {
    "recaptcha": OF_ALL | OF_VENDORS | OF_SITE_VERIFY | {"the first spelling is wrong": lambda world: {"g-recaptcha-response": "abcd", "GoogleRecaptchaResponse": TOKEN}},
    "recaptcha score": OF_ALL | OF_VENDORS | OF_SITE_VERIFY | OF_ACTIONS
    | {"a low score": says(score=0.1), "no score": says(score=None), "a score as text": says(score="0.9"), "a score above all": says(score=9)},
    "hcaptcha": OF_ALL | OF_VENDORS | OF_SITE_VERIFY | {"of another site key": says(success=False, **{"error-codes": ["sitekey-secret-mismatch"]})},
    "turnstile": OF_ALL | OF_VENDORS | OF_SITE_VERIFY | OF_ACTIONS,
    "qq": OF_ALL | OF_VENDORS
    | {"of another ticket": says(CaptchaCode=7), "too old": says(CaptchaCode=8), "used at the vendor": says(CaptchaCode=9), "no ticket": says(CaptchaCode=15),
       "of another application": says(CaptchaCode=16), "as text": says(CaptchaCode="1"), "true": says(CaptchaCode=True), "malicious": says(EvilLevel=100),
       "made without Tencent": brings("terror_1001_201111111_" + "a" * 20), "without its string": lambda world: {"qq_captcha_ticket": TOKEN}},
    "altcha": OF_ALL
    | {"written in another way": written_in_another_way, "for another action": for_another_action, "expired": expired,
       "without a signature": payload(lambda told: told["challenge"].update(signature="")), "no solution": payload(lambda told: told["solution"].update(counter=-1)),
       "an easier challenge": payload(lambda told: told["challenge"]["parameters"].update(cost=0)), "for longer": payload(lambda told: told["challenge"]["parameters"].update(expiresAt=2**40)),
       "nothing of it": payload(lambda told: told.clear())},
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "pattern"), [(name, pattern) for name, patterns in PATTERNS.items() for pattern in patterns]
)
def test_no_way_around_it_gets_a_message(world, name, pattern, sms_outbox):
    world = world(name)
    brought = PATTERNS[name][pattern](world)
    before = len(sms_outbox), Message.objects.count(), LoginAttempt.objects.count()
    answer = world.start(brought)
    assert (answer.status_code, error_code(answer)) == (403, 1218)
    assert (len(sms_outbox), Message.objects.count(), LoginAttempt.objects.count()) == before


def test_there_are_twelve_ways_and_more_for_each_of_five_providers():
    assert len({name for name, patterns in PATTERNS.items() if len(patterns) >= 12}) >= 5


def test_the_answer_is_that_of_the_seed(world):
    assert world("recaptcha").start({}).json() == {
        "Description": "CAPTCHA is invalid, please enter the correct CAPTCHA value.",
        "ErrorCode": 1218,
        "Message": "CAPTCHA is invalid",
        "IsProviderError": False,
        "ProviderErrorResponse": None,
    }


def test_a_vendor_that_says_nothing_is_waited_for_two_seconds(world):
    world = world("turnstile")
    world.answer = lambda request: hangs(world)
    began = time.monotonic()
    assert error_code(world.start(world.brings(TOKEN))) == 1218
    assert time.monotonic() - began < 2.5


def test_an_application_with_a_provider_takes_no_other(world, api, shop, site):
    world = world("recaptcha")
    locmem.solved.add("easy")
    described_here = {
        **MEMORY,
        "recaptcha": dict(zip(("BACKEND", "OPTIONS"), described("recaptcha", world.url), strict=True)),
    }
    site(CAPTCHA_PROVIDERS=described_here)
    world.says(success=False)
    assert world.start({"g-recaptcha-response": "easy"}).status_code == 200  # the first that counts has it
    shop.captcha_provider = "recaptcha"
    shop.save()
    assert error_code(world.start({"g-recaptcha-response": "easy"})) == 1218
    shop.captcha_provider = "gone"
    shop.save()
    assert error_code(world.start({"g-recaptcha-response": "easy"})) == 1218


# When somebody has to


@pytest.fixture
def asks(site):
    """A site whose people solve what a test puts into ``solved``."""

    def change(**values):
        site(CAPTCHA_PROVIDERS=MEMORY, RESEND_GAP=0, **values)

    change()
    yield change
    locmem.solved.clear()
    locmem.is_out_of_order = False


def solved(token):
    locmem.solved.add(token)
    return {"g-recaptcha-response": token}


STARTS = {
    "one-touch login by e-mail": lambda api, extra: api.post(EMAIL, {"Email": "a@example.com", "ClientGuid": new_guid(), **extra}),
    "one-touch login by phone": lambda api, extra: api.post(PHONE, {"Phone": NUMBER, **extra}),
    "smart login": lambda api, extra: api.get("auth/login/smartlogin", email="a@example.com", clientguid=new_guid(), **extra),
    "smart login by phone": lambda api, extra: api.get("auth/login/smartlogin", phone=NUMBER, clientguid=new_guid(), **extra),
    "passwordless login by e-mail": lambda api, extra: api.get("auth/login/passwordlesslogin/email", email="a@example.com", **extra),
    "passwordless login by user name": lambda api, extra: api.get("auth/login/passwordlesslogin/email", username="alice", **extra),
    "passwordless login by phone": lambda api, extra: api.get("auth/login/passwordlesslogin/otp", phone=NUMBER, **extra),
    "a forgotten password": lambda api, extra: api.post("auth/password/otp", {"Phone": NUMBER, **extra}),
    "another code": lambda api, extra: api.post("auth/phone/otp", {"Phone": NUMBER, **extra}),
    "registration": lambda api, extra: api.post("auth/register/captcha", {"PhoneId": NUMBER, "Password": "correct horse battery", **extra}),
    "passwordless registration": lambda api, extra: api.post("auth/login/passwordlesslogin/email", {"Email": [{"Type": "Primary", "Value": "new@example.com"}], **extra}),
}  # fmt: skip


@pytest.mark.parametrize("start", STARTS)
def test_every_start_of_a_stranger_needs_one(api, asks, start):
    wanted = 1048 if start == "passwordless registration" else 1218  # whoever brings neither is asked for a SOTT
    assert error_code(STARTS[start](api, {})) == wanted
    assert error_code(STARTS[start](api, {"g-recaptcha-response": "abcd"})) == 1218
    assert not Message.objects.exists()
    assert STARTS[start](api, solved("token")).status_code == 200
    assert error_code(STARTS[start](api, {"g-recaptcha-response": "token"})) == 1218
    assert Message.objects.count() == 1


def test_a_registration_by_captcha_makes_the_account(api, asks, sms_outbox):
    assert STARTS["registration"](api, solved("token")).status_code == 200
    answer = api.put("auth/phone/otp", {"Phone": NUMBER, "otp": code_from(sms_outbox[0])})
    assert answer.json()["access_token"]


def test_registration_by_captcha_needs_one_where_nobody_else_does(api, asks, site):
    asks(CAPTCHA_WHEN="never")
    assert STARTS["one-touch login by phone"](api, {}).status_code == 200
    assert error_code(STARTS["registration"](api, {})) == 1218
    site(CAPTCHA_PROVIDERS={})
    assert error_code(STARTS["registration"](api, solved("token"))) == 1218


def test_a_server_with_a_secret_or_a_sott_solves_none(api, asks, shop, shop_secret, sms_outbox):
    start_phone(API_Client(shop.api_key, **{"X-LoginRadius-ApiSecret": shop_secret}))
    wrong = API_Client(shop.api_key, **{"X-LoginRadius-ApiSecret": "wrong" * 8})
    assert error_code(wrong.post(PHONE, {"Phone": NUMBER})) == 1218
    ApplicationSecret.objects.get().revoke()
    revoked = API_Client(shop.api_key, **{"X-LoginRadius-ApiSecret": shop_secret})
    assert error_code(revoked.post(PHONE, {"Phone": NUMBER})) == 1218
    ApplicationSecret.objects.issue(shop, "another secret of the shop")
    sott = api.get("manage/account/sott", headers={"X-LoginRadius-ApiSecret": "another secret of the shop"}).json()[
        "Sott"
    ]
    body = {"PhoneId": "+14155550777", "Password": "correct horse battery"}
    assert api.post("auth/register", body, headers={"X-LoginRadius-Sott": sott}).status_code == 200
    assert len(sms_outbox) == 2


def test_the_secret_of_another_application_excuses_nobody(api, asks, bank):
    secret = ApplicationSecret.objects.issue(bank)
    assert error_code(api.post(PHONE, {"Phone": NUMBER}, headers={"X-LoginRadius-ApiSecret": secret})) == 1218


def test_an_application_has_a_say_of_its_own(api, asks, shop):
    for own, expected in (("never", 200), ("always", 1218), ("", 1218)):
        shop.captcha = own
        shop.save()
        answer = STARTS["one-touch login by phone"](api, {})
        assert (answer.status_code if answer.status_code == 200 else error_code(answer)) == expected
    asks(CAPTCHA_WHEN="never")
    shop.captcha = "always"
    shop.save()
    assert error_code(STARTS["one-touch login by phone"](api, {})) == 1218


def test_it_can_be_asked_after_some_starts_from_an_address(api, asks):
    asks(CAPTCHA_WHEN="after", CAPTCHA_AFTER_STARTS=2)
    for number in ("+14155550101", "+14155550102"):
        start_phone(api, phone=number)
    assert error_code(api.post(PHONE, {"Phone": NUMBER})) == 1218
    assert api.post(PHONE, {"Phone": NUMBER, **solved("token")}).status_code == 200


def test_where_nobody_counts_everybody_is_asked(api, asks, settings):
    asks(CAPTCHA_WHEN="after")
    start_phone(api)
    settings.CACHES = {"default": {"BACKEND": "django_redis.cache.RedisCache", "LOCATION": "redis://127.0.0.1:1/0"}}
    assert error_code(api.post(PHONE, {"Phone": NUMBER})) == 1218
    assert cache_port.is_left_alone()


NOBODY = {"BACKEND": "django_redis.cache.RedisCache", "LOCATION": "redis://127.0.0.1:1/0"}


@pytest.mark.parametrize(
    "cache",
    [{**NOBODY, "OPTIONS": {"IGNORE_EXCEPTIONS": True}}, {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}],
    ids=["that swallows faults", "that forgets"],
)
def test_where_a_cache_only_seems_to_count_everybody_is_asked(api, person, asks, settings, sms_outbox, cache):
    asks(CAPTCHA_WHEN="after", CAPTCHA_AFTER_STARTS=3)
    settings.CACHES = {"default": cache}
    for _number in range(3):
        assert error_code(api.post(PHONE, {"Phone": NUMBER})) == 1218
    assert not sms_outbox


def test_the_page_that_refused_shows_the_widget_whatever_the_cache_has_forgotten(world, person, shop, site, settings):
    world("turnstile")
    site(CAPTCHA_WHEN="after", CAPTCHA_AFTER_STARTS=3)
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}
    assert "cf-turnstile" not in person.get(reverse(SIGN_IN)).text
    refused = fill(person, reverse(SIGN_IN), {"who": NUMBER})
    assert "Error 1218" in refused.text
    assert "cf-turnstile" in refused.text


def test_who_gets_no_good_score_is_asked_by_a_provider_that_asks_people(world, person, shop, site, sms_outbox):
    world = world("recaptcha score")
    both = {
        name: dict(zip(("BACKEND", "OPTIONS"), described(name, world.url), strict=True))
        for name in ("recaptcha score", "turnstile")
    }
    site(CAPTCHA_PROVIDERS=both)
    world.answer = lambda request: as_json(VENDORS["recaptcha score"].verdict(action="passwordlesslogin", score=0.1))
    first = person.get(reverse(SIGN_IN)).text
    assert "grecaptcha.execute" in first
    assert "cf-turnstile" not in first
    refused = fill(person, reverse(SIGN_IN), {"who": NUMBER, "g-recaptcha-response": TOKEN}).text
    assert "cf-turnstile" in refused
    assert "grecaptcha" not in refused
    world.answer = lambda request: as_json(VENDORS["turnstile"].verdict(action="passwordlesslogin"))
    assert fill(person, reverse(SIGN_IN), {"who": NUMBER, "cf-turnstile-response": TOKEN}).status_code == 302
    assert not sms_outbox  # nobody has that number, and the answer is the same


def test_a_provider_that_cannot_be_used_is_not_in_the_way_of_the_one_before_it(world, person, shop, site):
    world = world("turnstile")
    turnstile = dict(zip(("BACKEND", "OPTIONS"), described("turnstile", world.url), strict=True))
    broken = {**turnstile, "BACKEND": described("altcha", "")[0], "OPTIONS": {"script_url": "/altcha.js"}}
    site(CAPTCHA_PROVIDERS={"turnstile": turnstile, "altcha": broken})
    for page in (person.get(reverse(SIGN_IN)), fill(person, reverse(SIGN_IN), {"who": NUMBER})):
        assert "cf-turnstile" in page.text


@pytest.mark.parametrize(("fails_open", "by_email"), [(False, 1218), (True, 200)])
def test_while_nobody_can_be_asked_no_text_goes_out_and_a_mail_where_the_site_says_so(
    api, asks, fails_open, by_email, voice_outbox, sms_outbox
):
    asks(CAPTCHA_MAIL_FAILS_OPEN=fails_open)
    locmem.is_out_of_order = True
    mailed = STARTS["one-touch login by e-mail"](api, {"g-recaptcha-response": "token"})
    assert (mailed.status_code if mailed.status_code == 200 else error_code(mailed)) == by_email
    assert error_code(STARTS["one-touch login by e-mail"](api, {})) == 1218  # who brings none is no outage
    assert error_code(STARTS["passwordless registration"](api, {"g-recaptcha-response": "token"})) == 1218
    for voice in ("false", "true"):
        assert error_code(api.post(PHONE, {"Phone": NUMBER, "g-recaptcha-response": "token"}, isvoiceotp=voice)) == 1218
    assert not sms_outbox + voice_outbox


def test_of_two_providers_nobody_chooses_the_one_that_does_not_answer(world, api, asks, site):
    world = world("turnstile")
    turnstile = dict(zip(("BACKEND", "OPTIONS"), described("turnstile", world.url), strict=True))
    site(CAPTCHA_PROVIDERS={**MEMORY, "turnstile": turnstile}, CAPTCHA_MAIL_FAILS_OPEN=True)
    world.answer = lambda request: Response("oops", 500)
    start = STARTS["one-touch login by e-mail"]
    assert error_code(start(api, {"cf-turnstile-response": TOKEN})) == 1218
    assert error_code(start(api, {"g-recaptcha-response": "abcd"})) == 1218
    assert start(api, solved("token")).status_code == 200


def test_a_customer_who_is_signed_in_solves_none(api, asks, sms_outbox):
    assert api.post(PHONE, {"Phone": NUMBER, **solved("token")}).status_code == 200
    login = api.put(f"{PHONE}/verify", {"Phone": NUMBER}, otp=code_from(sms_outbox[0])).json()
    headers = {"Authorization": f"Bearer {login['access_token']}"}
    assert api.put("auth/phone", {"Phone": "+14155550124"}, headers=headers).status_code == 200


# The hosted pages


SIGN_IN = "loginradius_passwordless:sign-in"
PAGES = {
    "sign-in": {"who": NUMBER},
    "register": {"country": "US", "phone": "4155550123", "password": "correct horse battery"},
    "password-forgot": {"country": "US", "phone": "4155550123"},
}
WIDGETS = {
    "recaptcha": ("/api.js", 'class="g-recaptcha"'), "hcaptcha": ("https://js.hcaptcha.com/1/api.js", 'class="h-captcha"'),
    "turnstile": ("https://challenges.cloudflare.com/turnstile/v0/api.js", 'class="cf-turnstile"'),
    "recaptcha score": ("/api.js", "grecaptcha.execute"),
}  # fmt: skip


def policy_of(page):
    parts = (part.split() for part in page["Content-Security-Policy"].split("; "))
    return {directive: allowed for directive, *allowed in parts}


def fill(person, address, typed):
    """Open a page, fill in its form, and send it."""
    return person.post(address, {**fields_of(person.get(address)), **typed})


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("name", WIDGETS)
def test_a_page_shows_the_widget_and_allows_what_it_needs_and_no_more(world, person, shop, page, name):
    address = reverse(f"loginradius_passwordless:{page}")
    without = policy_of(person.get(address))
    world = world(name)
    shown = person.get(address)
    script, element = WIDGETS[name]
    assert script in shown.text
    assert element in shown.text
    assert "needs JavaScript" in shown.text
    options = {"base_url": world.url} if name.startswith("recaptcha") else {}
    widget = VENDORS[name].make(world.url, **options).widget("x", "en")
    policy = policy_of(shown)
    added = {directive: set(allowed) - set(without.get(directive, [])) for directive, allowed in policy.items()}
    added = {
        directive: {one for one in allowed if not one.startswith("'nonce-")} for directive, allowed in added.items()
    }
    assert {directive: allowed for directive, allowed in added.items() if allowed} == {
        directive: set(hosts) for directive, hosts in widget.sources.items()
    }
    assert policy["default-src"] == ["'none'"]


@pytest.mark.parametrize("page", PAGES)
def test_a_page_takes_the_solution_and_asks_again_without(person, shop, asks, page, sms_outbox):
    address = reverse(f"loginradius_passwordless:{page}")
    refused = fill(person, address, PAGES[page])
    assert refused.status_code == 403
    assert "Show that you are a person" in refused.text
    assert "Error 1218" in refused.text
    assert "4155550123" in refused.text  # what was typed is kept
    assert not sms_outbox
    assert fill(person, address, {**PAGES[page], **solved("token")}).status_code == 302
    assert UsedSolution.objects.count() == 1


def test_a_second_message_to_the_same_number_needs_no_second_solution(person, shop, asks, phone_customer, sms_outbox):
    fill(person, reverse(SIGN_IN), {"who": NUMBER, **solved("token")})
    assert fill(person, reverse("loginradius_passwordless:code"), {"do": "again"}).status_code == 302
    assert len(sms_outbox) == 2
    assert fill(person, reverse(SIGN_IN), {"who": NUMBER}).status_code == 403


@pytest.mark.parametrize("page", PAGES)
def test_a_solution_is_good_for_a_quarter_of_an_hour_of_messages_to_one_number(
    person, shop, asks, phone_customer, sms_outbox, page
):
    asks(SENDS_PER_TEN_MINUTES=10)  # the database's clock stands still
    code_page = fill(person, reverse(f"loginradius_passwordless:{page}"), {**PAGES[page], **solved("first")}).url
    now = time.time()
    for minutes, brought, status in [
        (14, {}, 302),
        (16, {}, 403),  # not a quarter of an hour after the last message, but after the solution
        (17, solved("first"), 403),
        (18, solved("second"), 302),
        (32, {}, 302),
        (34, {}, 403),
    ]:
        with time_machine.travel(now + minutes * 60):
            answer = fill(person, code_page, {"do": "again", **brought})
        assert answer.status_code == status, minutes
        assert ("Error 1218" in answer.text) == (status == 403)
    assert len(sms_outbox) == (4 if page != "register" else 1)  # one that says that there is an account


def test_the_right_password_is_no_solution_for_more_messages(person, shop, asks, api, shop_secret, sms_outbox):
    secret, typed = (
        {"X-LoginRadius-ApiSecret": shop_secret},
        {"phone": "4155550123", "password": "correct horse battery"},
    )
    asks(SENDS_PER_TEN_MINUTES=10)
    api.post("auth/register", {"PhoneId": NUMBER, "Password": typed["password"]}, headers=secret)
    code_page = fill(person, reverse("loginradius_passwordless:password"), {"country": "US", **typed}).url
    sent = len(sms_outbox)
    for do in ("again", "call"):
        assert "Error 1218" in fill(person, code_page, {"do": do}).text
    assert len(sms_outbox) == sent
    assert fill(person, code_page, {"do": "again", **solved("token")}).status_code == 302
    assert len(sms_outbox) == sent + 1


@pytest.mark.parametrize("page", PAGES)
def test_the_page_with_the_code_shows_the_widget_when_another_message_needs_one(world, person, shop, asks, site, page):
    code_page = fill(person, reverse(f"loginradius_passwordless:{page}"), {**PAGES[page], **solved("token")}).url
    world("turnstile")
    assert "cf-turnstile" not in person.get(code_page).text
    with time_machine.travel(time.time() + 16 * 60):
        shown = person.get(code_page)
    assert shown.text.index('name="code"') < shown.text.index("cf-turnstile") < shown.text.index('value="again"')
    assert "https://challenges.cloudflare.com" in policy_of(shown)["script-src"]


def test_a_page_asks_when_the_next_start_needs_one(person, shop, site):
    turnstile = "loginradius_passwordless.backends.captcha.turnstile.CaptchaBackend"
    site(CAPTCHA_WHEN="after", CAPTCHA_AFTER_STARTS=1)
    site(CAPTCHA_PROVIDERS={"turnstile": {"BACKEND": turnstile, "OPTIONS": {"site_key": "k", "secret": "s"}}})
    assert "cf-turnstile" not in person.get(reverse(SIGN_IN)).text
    assert fill(person, reverse(SIGN_IN), {"who": NUMBER}).status_code == 302
    assert 'data-action="passwordlesslogin"' in person.get(reverse(SIGN_IN)).text


def test_the_page_with_only_a_password_asks_for_none(person, shop, asks, world):
    world("turnstile")
    assert "cf-turnstile" not in person.get(reverse("loginradius_passwordless:password")).text
