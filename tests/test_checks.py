"""What `manage.py check` says."""

import pytest
from django.core.checks import run_checks

from loginradius_passwordless.checks.deployment import check_deployment
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
        ("PUBLIC_URL", 5), ("KEEP_EVENTS", -5), ("SMS_OPTIONS", None), ("SMS_BACKEND", 5), ("SENDING", "never"), ("SENDING", True),
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
    site(SMS_BACKEND="nope.Nope")
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
    site(SMS_BACKEND=path)
    assert "E004" in found()


def test_a_backend_of_the_other_port_is_an_error(site):
    site(VOICE_BACKEND="loginradius_passwordless.backends.sms.locmem.SMSBackend")
    assert "BaseVoiceBackend" in found()["E004"].msg


def test_a_backend_says_itself_what_it_misses(site):
    site(VOICE_BACKEND="loginradius_passwordless.backends.voice.http.VoiceBackend", VOICE_OPTIONS={"url": "ftp://x"})
    assert "VOICE_OPTIONS" in found()["E005"].msg
    site(VOICE_OPTIONS={"nonsense": 1})
    assert "E004" in found()


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
        SMS_BACKEND="loginradius_passwordless.backends.sms.http.SMSBackend",
        VOICE_BACKEND=None,
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
