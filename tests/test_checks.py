"""What `manage.py check` says."""

import pytest
from django.core.checks import run_checks

from loginradius_passwordless.checks.deployment import check_deployment, check_hosts_inside
from loginradius_passwordless.checks.values import check_settings
from loginradius_passwordless.conf import NAME, Settings

pytestmark = pytest.mark.django_db


def found():
    return {message.id.rpartition(".")[2]: message for message in run_checks() if message.id.startswith("loginradius")}


def found_for_deployment():
    return {message.id.rpartition(".")[2] for message in check_deployment(None)}


def test_the_example_project_is_in_order():
    assert not found()


def test_an_unknown_setting_is_an_error_that_names_the_known_ones(site):
    site(CODE_LENGHT=8)
    assert "'CODE_LENGHT'" in found()["E001"].msg
    assert "CODE_LENGTH" in found()["E001"].hint


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CODE_LENGTH", 5), ("CODE_LIFETIME", float("nan")), ("CODE_LIFETIME", 1e300), ("FROM_EMAIL", "a@b.example\nBcc: x@y.example"), ("CODE_LENGTH", 11), ("CODE_LENGTH", "6"), ("CODE_LENGTH", True), ("CODE_LIFETIME", 601), ("CODE_LIFETIME", "5 min"),
        ("LINK_LIFETIME", 86401), ("ATTEMPT_TRIES", 0), ("MAX_LIVE_ATTEMPTS", 4), ("PINGS_PER_MINUTE", 5), ("REVEAL_UNKNOWN_ACCOUNTS", 1),
        ("RESEND_GAP", -1), ("CODE_ALPHABET", "012345"), ("CODE_ALPHABET", "0011223344556677"), ("TRUSTED_PROXY_COUNT", -1),
        ("CODE_ALPHABET", "абвгдежзикл"), ("CODE_ALPHABET", "abcdefghijkl"), ("SMS_COUNTRIES", "DE"), ("SMS_COUNTRIES", ["de"]), ("SMS_COUNTRIES", 5),
        ("PUBLIC_URL", 5), ("KEEP_EVENTS", -5), ("SMS_ROUTES", None), ("SMS_PROVIDERS", "twilio"), ("SENDING", "never"), ("SENDING", True),
    ],
)  # fmt: skip
def test_a_value_beyond_what_is_safe_is_an_error(site, name, value):
    site(**{name: value})
    assert f'["{name}"]' in found()["E002"].msg


def test_every_default_is_within_its_own_bounds(settings):
    values = {name: getattr(Settings(), name) for name in Settings.__annotations__}
    settings.LOGINRADIUS_PASSWORDLESS = {
        **getattr(settings, NAME),
        **{n: v for n, v in values.items() if n != "PUBLIC_URL"},
    }
    assert "E002" not in found()


@pytest.mark.parametrize("given", [None, [], "PUBLIC_URL"])
def test_settings_that_are_no_dict_are_an_error(settings, given):
    settings.LOGINRADIUS_PASSWORDLESS = given
    assert [message.id for message in check_settings(None)] == ["loginradius_passwordless.E002"]


def test_a_backend_that_cannot_be_found_does_not_stop_the_other_checks(site):
    site(SMS_PROVIDERS={"nope": {"BACKEND": "nope.Nope"}})
    assert "E006" in found_for_deployment()


@pytest.mark.parametrize(
    "url",
    ["", "login.example.com", "https://", "javascript://x", "ftp://x.example", "https://a.example/?x", "https://a.example/#x",
     "https://a@b.example", "https://a.example\n.evil", "https://a.example:x"],
)  # fmt: skip
def test_a_site_without_an_address_cannot_send_links(site, url):
    site(PUBLIC_URL=url)
    assert "E003" in found()


@pytest.mark.parametrize("path", ["no.such.Backend", "loginradius_passwordless.backends.sms.http.Nothing"])
def test_a_backend_that_cannot_be_made_is_an_error(site, path):
    site(SMS_PROVIDERS={"broken": {"BACKEND": path}})
    assert "E004" in found()


def test_a_backend_of_the_other_port_is_an_error(site):
    site(VOICE_PROVIDERS={"texts": {"BACKEND": "loginradius_passwordless.backends.sms.locmem.SMSBackend"}})
    assert "BaseVoiceBackend" in found()["E004"].msg


def test_a_backend_says_itself_what_it_misses(site):
    path = "loginradius_passwordless.backends.voice.http.VoiceBackend"
    site(VOICE_PROVIDERS={"gateway": {"BACKEND": path, "OPTIONS": {"url": "ftp://x"}}})
    assert 'VOICE_PROVIDERS"]["gateway"]: ' in found()["E005"].msg
    site(VOICE_PROVIDERS={"gateway": {"BACKEND": path, "OPTIONS": {"nonsense": 1}}})
    assert "E004" in found()


MEMORY = {"BACKEND": "loginradius_passwordless.backends.sms.locmem.SMSBackend"}


@pytest.mark.parametrize(
    ("providers", "routes", "problem"),
    [
        ({"a b": MEMORY}, {}, "is no name"), ({5: MEMORY}, {}, "is no name"), ({"x" * 41: MEMORY}, {}, "is no name"), ({"a": None}, {}, 'needs a "BACKEND"'),
        ({"a": {"BACKEND": 5}}, {}, 'needs a "BACKEND"'), ({"a": {**MEMORY, "OPTION": {}}}, {}, "unknown 'OPTION'"), ({"a": {**MEMORY, "OPTIONS": []}}, {}, "needs dicts"),
        ({"a": {**MEMORY, "SENDERS": {"Germany": "Shop"}}}, {}, "no usable sender for 'Germany'"), ({"a": {**MEMORY, "SENDERS": {"IN": {"template": "1"}}}}, {}, "no usable sender for 'IN'"),
        ({"a": MEMORY}, {"DE": ["b"]}, "the route of 'DE'"), ({"a": MEMORY}, {"DE": "a"}, "the route of 'DE'"), ({"a": MEMORY}, {"DE": []}, "the route of 'DE'"),
        ({"a": MEMORY}, {"Germany": ["a"]}, "of no country"),
    ],
)  # fmt: skip
def test_providers_and_routes_that_cannot_work_are_errors(site, providers, routes, problem):
    site(SMS_PROVIDERS=providers, SMS_ROUTES=routes)
    assert problem in found()["E004"].msg


def test_providers_routes_and_senders_as_documented_are_no_errors(site):
    senders = {
        "DE": "Shop",
        "IN": {"sender": "SHOPIN", "entity_id": "11", "template_ids": {"welcome": "12"}},
        "*": "+14155550100",
    }
    site(SMS_PROVIDERS={"a": {**MEMORY, "SENDERS": senders}, "b": MEMORY}, SMS_ROUTES={"DE": ["b", "a"], "*": ["a"]})
    assert "E004" not in found()


def test_a_geoip_database_that_cannot_be_read_is_an_error(site, tmp_path):
    site(GEOIP_DATABASE=str(tmp_path / "none.mmdb"))
    assert "FileNotFoundError" in found()["E009"].msg
    broken = tmp_path / "broken.mmdb"
    broken.write_bytes(b"nothing")
    site(GEOIP_DATABASE=str(broken))
    assert "E009" in found()


def test_deployment_refuses_what_is_for_development(site, mail_through, settings):
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    mail_through(timeout=5)
    assert found_for_deployment() == {"W001", "W004", "E006", "E007", "E008"}
    site(
        PUBLIC_URL="https://login.example.com",
        SMS_COUNTRIES=["DE"],
        SMS_PROVIDERS={"gateway": {"BACKEND": "loginradius_passwordless.backends.sms.http.SMSBackend"}},
        VOICE_PROVIDERS={},
    )
    mail_through("django.core.mail.backends.smtp.EmailBackend", timeout=5)
    settings.CACHES = {"default": {"BACKEND": "django_redis.cache.RedisCache"}}
    assert not found_for_deployment()


def test_deployment_says_which_headers_browsers_may_not_send(settings):
    settings.CORS_ALLOW_HEADERS = ["content-type"]
    assert "W002" in found_for_deployment()


def test_deployment_warns_of_a_mail_server_that_may_take_for_ever(mail_through, site):
    mail_through(timeout=None)
    assert "W003" in found_for_deployment()
    site(SENDING="worker")
    assert "W003" not in found_for_deployment()


class NoPolicy:
    """Has the methods, and does not inherit what later versions add."""


@pytest.mark.parametrize("path", ["nowhere.Policy", f"{__name__}.NoPolicy", f"{__name__}.missing", "x"])
def test_an_account_policy_that_is_none_is_an_error(site, path):
    site(ACCOUNT_POLICY=path)
    assert "loginradius_passwordless.E010" in {message.id for message in run_checks()}


@pytest.mark.parametrize("path", ["nowhere.guard", f"{__name__}.missing", "x", "math.pi"])
def test_a_phone_guard_that_is_none_is_an_error(site, path):
    site(PHONE_GUARD=path)
    assert "loginradius_passwordless.E011" in {message.id for message in run_checks()}


def test_sessions_in_cookies_are_said_to_be_without_end(settings):
    def found():
        return "loginradius_passwordless.W005" in {message.id for message in run_checks(include_deployment_checks=True)}

    assert not found()
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"
    assert found()


@pytest.mark.parametrize(
    "hosts",
    [
        ["hooks.lan"],
        ("hooks.lan:9000", "http://hooks.lan:9000", "https://hooks.lan:9000"),
        ["10.0.0.1:9000", "[::1]:9000", "[fd00::1]"],
    ],
)
def test_hosts_inside_are_named_in_these_ways_and_warned_of(hosts, site):
    assert not list(check_hosts_inside(None))
    site(WEBHOOK_PRIVATE_HOSTS=hosts)
    assert "E002" not in found()
    assert [each.id for each in check_hosts_inside(None)] == ["loginradius_passwordless.W006"]


@pytest.mark.parametrize(
    "entry",
    ["", "*", "*.lan", "hooks.lan/path", "http://hooks.lan", "ftp://hooks.lan:21", "hooks.lan.", "a@hooks.lan", "127.1", "[127.0.0.1]",
     "hooks.lan:0", "hooks.lan:99999", "://hooks.lan", "10.0.0.0/8", "fd00::1", 1],
)  # fmt: skip
def test_a_host_inside_that_is_named_in_another_way_is_an_error(entry, site):
    site(WEBHOOK_PRIVATE_HOSTS=["hooks.lan", entry])
    assert "http://host:port" in found()["E002"].msg


CAPTCHA = "loginradius_passwordless.backends.captcha."
KEYS = {"site_key": "a key of this shop", "secret": "a secret of this shop"}
TURNSTILE = {"BACKEND": f"{CAPTCHA}turnstile.CaptchaBackend", "OPTIONS": KEYS}
SCORE = {"BACKEND": f"{CAPTCHA}recaptcha.ScoreCaptchaBackend", "OPTIONS": KEYS}
HIDDEN = {"BACKEND": f"{CAPTCHA}altcha.CaptchaBackend", "OPTIONS": {"hmac_key": "k" * 32}}
CHECKBOX = {"BACKEND": f"{CAPTCHA}recaptcha.CaptchaBackend", "OPTIONS": KEYS}


@pytest.mark.parametrize(
    ("providers", "expected"),
    [
        ({}, set()), ({"a": TURNSTILE}, set()), ({"a": SCORE, "b": TURNSTILE}, set()), ({"a": SCORE}, set()), ({"a": HIDDEN}, {"W007"}), ({"a": SCORE, "b": CHECKBOX}, {"W009"}),
        ({"a": {**TURNSTILE, "OPTIONS": {}}}, {"E013"}), ({"a": {**TURNSTILE, "OPTIONS": {"nonsense": 1}}}, {"E013"}), ({"a": {"BACKEND": "no.such"}}, {"E013"}),
        ({"a": None}, {"E013"}), ({"a": {"BACKEND": 5}}, {"E013"}), ({"a": {**TURNSTILE, "OPTION": {}}}, {"E013"}), ({"a": {**TURNSTILE, "OPTIONS": []}}, {"E013"}),
        ({"a": {"BACKEND": "loginradius_passwordless.backends.sms.locmem.SMSBackend"}}, {"E013"}), (None, {"E002"}),
    ],
)  # fmt: skip
def test_captcha_providers_that_cannot_work_are_told(site, providers, expected):
    site(CAPTCHA_PROVIDERS=providers)
    assert set(found()) & {"E002", "E013", "W007", "W009"} == expected


def test_a_captcha_for_development_is_an_error_of_deploy(site):
    site(CAPTCHA_PROVIDERS={"memory": {"BACKEND": f"{CAPTCHA}locmem.CaptchaBackend"}})
    assert "E007" in found_for_deployment()
