"""Addresses that look like hers, or like a list with hers in it: at most one recipient, always the stored address."""

import unicodedata

import pytest
from django.contrib.auth import get_user_model

from loginradius_passwordless.models import AccessToken

from .conftest import code_from, customer_of, error_code, new_guid

pytestmark = pytest.mark.django_db(transaction=True)
User = get_user_model()
STORED = "Alice@Example.com"
START = "auth/login/passwordlesslogin/email"
VERIFY = "auth/login/passwordlesslogin/email/verifyotp"

# The thirty classes. Those that are another spelling of her mailbox reach her; all others reach nobody.
HERS = ["alice@example.com", "ALICE@EXAMPLE.COM", " alice@example.com ", "Alice@example.COM"]
NOT_HERS = [
    "alice＠example.com", "alıce@example.com", "aIice@example.com", "al\u200bice@example.com", "alice@exam\u00adple.com",
    "alicе@example.com", "alice@ехample.com", "ａlice@example.com", "alice@example。com", "alice@еxample.com",
    "alice@example.com,mallory@evil.example", "alice@example.com;mallory@evil.example", "mallory@evil.example alice@example.com",
    '"alice@example.com"@evil.example', '"mallory@evil.example"@example.com', "alice@example.com@evil.example",
    "alice@example.com\r\nBcc: mallory@evil.example", "alice@example.com%0d%0aBcc:mallory@evil.example", "alice@example.com\x00",
    "<alice@example.com>", "Alice <alice@example.com>", "alice(mallory)@example.com", "alice+mallory@example.com",
    "a.lice@example.com", "alice.@example.com", "alice@example.com.", "alice@example.co", "alice@xn--example-.com",
    "alice@[127.0.0.1]", "álice@example.com", "alice@ﬁexample.com", "\u202ealice@example.com", "ALİCE@example.com", "ſalice@example.com",
]  # fmt: skip


@pytest.fixture
def alice(db):
    return customer_of(User.objects.create(username="alice", email=STORED), STORED)


@pytest.mark.parametrize("typed", HERS)
def test_her_own_spellings_reach_the_address_that_is_stored(api, mailbox, alice, typed):
    assert api.get(START, email=typed).status_code == 200
    assert [mail.recipients() for mail in mailbox] == [["Alice@example.com"]]
    assert api.post(VERIFY, {"email": typed, "otp": code_from(mailbox[0])}).json()["Profile"]["Uid"] == alice.uid


@pytest.mark.parametrize("typed", NOT_HERS)
@pytest.mark.parametrize("path", [START, "auth/login/smartlogin"])
def test_an_address_that_looks_like_hers_brings_a_stranger_nothing(api, mailbox, alice, typed, path):
    """Also not when it is a mailbox of its own, whose owner asked: the session is never hers."""
    answer = api.post(path, {"email": typed, "clientguid": new_guid()})
    assert answer.status_code == 200 or error_code(answer) in {1038, 908}
    assert not mailbox
    api.get(START, email="alice@example.com")
    answer = api.post(VERIFY, {"email": typed, "otp": code_from(mailbox[0])})
    assert error_code(answer) in {1185, 1038, 908}
    assert not AccessToken.objects.exists()


@pytest.mark.parametrize("typed", NOT_HERS)
def test_a_user_name_that_looks_like_hers_is_another_one(api, mailbox, alice, typed):
    name = typed.partition("@")[0]
    if unicodedata.normalize("NFKC", name).strip(" ") == "alice":
        return  # to Django that is her name, however it was typed
    answer = api.get(START, username=name) if name else api.get(START, username="Alice")
    assert answer.status_code == 200 or error_code(answer) in {1141, 908}
    assert not mailbox
