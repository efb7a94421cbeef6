"""The web process dies between commit and send. Twenty times; nothing is lost and no secret is left behind."""

import re

import pytest

from .running import dump_of

KILLER = "tests.killer.SMSBackend"
ROUNDS = 20


def test_logins_whose_process_was_killed_before_sending_are_sent_once_more_and_work(make_site, tmp_path):
    # Inline, so that the caller sees the process die; a thread of the process dies with it all the same.
    site = make_site(PASSWORDLESS={"SMS_PROVIDERS": {"killer": {"BACKEND": KILLER}}, "SENDING": "inline"})
    phones = [f"+1415555{1000 + number}" for number in range(ROUNDS)]
    site.start_server()
    for phone in phones:  # every call ends a worker; the server's master starts the next one
        with pytest.raises(OSError):
            site.start_phone(phone)
    site.kill_server()
    left_behind = dump_of(tmp_path / "site.sqlite3")
    assert not any(site.messages(phone) for phone in phones), "a process outlived the moment of sending"

    site.environment["SURVIVE"] = "1"
    expire_leases(site)
    assert site.manage("send_messages") == f"{ROUNDS} sent, 0 failed\n"
    site.start_server()
    for phone in phones:
        [message] = site.messages(phone)
        code = re.search(r"\b\d{6}\b", message["text"])[0]
        assert not re.search(rf"(?<!\d){code}(?!\d)", left_behind)
        login = site.call("PUT", "auth/onetouchlogin/phone/verify", {"phone": phone}, otp=code)
        assert login["Profile"]["PhoneId"] == phone


def expire_leases(site):
    """Let the half minute pass for which a dead sender holds a message."""
    site.manage(
        "shell", "-c",
        "from loginradius_passwordless.models import Message; from loginradius_passwordless.models.database import Now;"
        "Message.objects.update(leased_until=Now())",
    )  # fmt: skip
