"""The commands: an application is made, evidence goes, and the doctor looks."""

import pytest
from django.core.cache import cache
from django.core.management import CommandError, call_command

from loginradius_passwordless import retention
from loginradius_passwordless.models import (
    AccessToken,
    Application,
    ApplicationSecret,
    Customer,
    Event,
    GuessBudget,
    LoginAttempt,
    Message,
    SendBudget,
    VerificationToken,
)

from .conftest import code_from, start_email, start_phone

pytestmark = pytest.mark.django_db(transaction=True)


def printed(capsys, *arguments):
    call_command(*arguments)
    return capsys.readouterr().out


def test_create_application_prints_the_key_and_once_the_secret(capsys):
    out = printed(
        capsys, "create_application", "TV", "--return-url", "https://tv.example/", "--origin", "https://tv.example"
    )
    application = Application.objects.get()
    secret = out.split("API secret: ")[1].split()[0]
    assert application.api_key in out
    assert ApplicationSecret.objects.verify(application, secret)
    assert (application.return_urls, application.origins) == (["https://tv.example/"], ["https://tv.example"])


def test_create_application_takes_a_key_and_a_secret(capsys):
    printed(capsys, "create_application", "TV", "--api-key", "given-key-1", "--api-secret", "given-secret")
    assert ApplicationSecret.objects.verify(Application.objects.get(api_key="given-key-1"), "given-secret")


@pytest.mark.parametrize(
    "arguments",
    [
        ["--api-key", "short"], ["--api-key", "with blank in it"], ["--return-url", "javascript:alert(1)"], ["--return-url", "https://a@b.example/"],
        ["--return-url", "http://plain.example/"], ["--return-url", "https://[x"], ["--return-url", "https://a.example:notaport/"],
        ["--return-url", "https://a.example/#x"], ["--return-url", "https://a.example/" + "x" * 500],
        ["--origin", "https://tv.example/"], ["--origin", "*"], ["--origin", "https://.."], ["--origin", "https://tv.example:99999999"],
    ],
)  # fmt: skip
def test_create_application_refuses_what_is_not_safe(capsys, arguments):
    with pytest.raises(CommandError):
        call_command("create_application", "TV", *arguments)
    assert not Application.objects.exists()


def test_a_key_is_given_once(capsys):
    printed(capsys, "create_application", "TV", "--api-key", "given-key-1")
    with pytest.raises(CommandError, match="api_key"):
        call_command("create_application", "Radio", "--api-key", "given-key-1")


def test_an_app_may_be_returned_to_by_a_scheme_of_its_own(capsys):
    printed(capsys, "create_application", "App", "--return-url", "com.example.app:/signed-in")
    assert Application.objects.get().return_urls == ["com.example.app:/signed-in"]


def login(api, sms_outbox):
    start_phone(api)
    api.put("auth/onetouchlogin/phone/verify", {"phone": "+14155550123"}, otp=code_from(sms_outbox[0]))
    start_email(api)


def test_purge_deletes_what_is_old_and_nothing_else(api, sms_outbox, mailbox, capsys, later):
    login(api, sms_outbox)
    later(days=29)
    start_email(api, "bob@example.com")
    printed(capsys, "purge_passwordless")
    assert LoginAttempt.objects.count() == 3
    later(days=1, seconds=1)
    out = printed(capsys, "purge_passwordless")
    assert "2 login attempts" in out
    assert LoginAttempt.objects.count() == VerificationToken.objects.count() == Message.objects.count() == 1
    assert Event.objects.count() > 1
    later(days=91)
    printed(capsys, "purge_passwordless")
    for model in (LoginAttempt, Message, Event, GuessBudget, SendBudget, AccessToken):
        assert not model.objects.exists(), model


def test_purge_forgets_addresses_after_a_week(api, sms_outbox, capsys, later):
    login(api, sms_outbox)
    later(days=6)
    printed(capsys, "purge_passwordless")
    assert LoginAttempt.objects.exclude(asked_address=None).count() == 2
    later(days=1, seconds=1)
    printed(capsys, "purge_passwordless")
    assert not LoginAttempt.objects.exclude(asked_address=None, approved_address=None).exists()
    assert not Event.objects.exclude(address=None).exists()
    assert not LoginAttempt.objects.exclude(asked_agent="", approved_agent="").exists()
    assert not Event.objects.exclude(agent="").exists()
    assert Customer.objects.get().last_login_address is None
    assert LoginAttempt.objects.count() == 2


def test_purge_forgets_browsers_also_where_no_address_was_known(api, mailbox, capsys, later):
    api.client.defaults["REMOTE_ADDR"] = "unix:"
    body = {"email": "alice@example.com", "clientguid": "0123456789abcdef"}
    api.post("auth/onetouchlogin/email", body, headers={"User-Agent": "Firefox"})
    assert LoginAttempt.objects.get().asked_agent == "Firefox"
    later(days=7, seconds=1)
    printed(capsys, "purge_passwordless")
    assert LoginAttempt.objects.get().asked_agent == Event.objects.get().agent == ""


def test_purge_goes_in_batches(api, mailbox, capsys, later, monkeypatch):
    monkeypatch.setattr(retention, "BATCH", 2)
    for number in range(5):
        start_email(api, f"person{number}@example.com")
    later(days=31)
    assert "5 login attempts" in printed(capsys, "purge_passwordless")


def test_purge_keeps_a_lock_that_still_holds(api, sms_outbox, capsys, later, site):
    site(ATTEMPT_TRIES=10)
    start_phone(api)
    for number in range(10):
        api.put("auth/onetouchlogin/phone/verify", {"phone": "+14155550123"}, otp=f"{number:06}")
    printed(capsys, "purge_passwordless")
    assert GuessBudget.objects.get().failures == 10


def test_the_doctor_finds_a_healthy_site_well(shop, capsys, settings):
    settings.DEBUG = True
    assert "!!" not in printed(capsys, "doctor")


def test_the_doctor_names_what_is_wrong(shop, api, capsys, settings, site, later, monkeypatch):
    site(
        SENDING="worker",
        SMS_PROVIDERS={"gateway": {"BACKEND": "loginradius_passwordless.backends.sms.http.SMSBackend"}},
    )
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if "cors" not in name]
    start_email(api)
    later(minutes=2)
    with pytest.raises(CommandError):
        call_command("doctor")
    out = capsys.readouterr().out
    for advice in (
        "send_messages --loop",
        "CorsMiddleware",
        "gateway: The HTTP backend has no usable url",
        "1 waiting, 1 for over a minute, the oldest that is due for 12",
    ):
        assert advice in out


def test_the_doctor_names_a_provider_that_cannot_be_made_and_looks_at_the_others(shop, capsys, settings, site):
    settings.DEBUG = True
    good = {"BACKEND": "loginradius_passwordless.backends.sms.locmem.SMSBackend"}
    site(SMS_PROVIDERS={"wrong": {"BACKEND": "no.such.Backend"}, "good": good})
    with pytest.raises(CommandError):
        call_command("doctor")
    out = capsys.readouterr().out
    assert "!!  SMS: good (loginradius_passwordless.backends.sms.locmem)" in out
    assert "wrong cannot be used (ModuleNotFoundError)" in out
    assert "outbox:" in out


def test_the_doctor_names_a_captcha_provider_that_an_application_wants_and_the_settings_have_not(
    shop, capsys, settings, site
):
    settings.DEBUG = True
    site(CAPTCHA_PROVIDERS={"memory": {"BACKEND": "loginradius_passwordless.backends.captcha.locmem.CaptchaBackend"}})
    Application.objects.update(captcha_provider="turnstile")
    with pytest.raises(CommandError):
        call_command("doctor")
    assert "!!  CAPTCHA: applications want what CAPTCHA_PROVIDERS has not: turnstile" in capsys.readouterr().out
    Application.objects.update(captcha="never")
    call_command("doctor")
    Application.objects.update(captcha="", captcha_provider="memory")
    call_command("doctor")
    assert "CAPTCHA" not in capsys.readouterr().out


def test_the_doctor_sees_a_cache_that_does_not_answer(shop, capsys, monkeypatch):
    def fail(*args, **options):
        raise ConnectionResetError

    monkeypatch.setattr(type(cache._connections[cache._alias]), "set", fail)
    with pytest.raises(CommandError):
        call_command("doctor")
    assert "ConnectionResetError" in capsys.readouterr().out
