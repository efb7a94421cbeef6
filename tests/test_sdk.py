"""LoginRadius' own Python SDK, unpatched, pointed at a running server."""

import uuid
import warnings

import pytest

from loginradius_passwordless.conf import NAME
from loginradius_passwordless.models import Application, ApplicationSecret

from .conftest import code_from, token_from

pytestmark = pytest.mark.django_db(transaction=True)
PHONE = "+14155550123"


@pytest.fixture
def sdk(live_server, settings):
    """The SDK as its README sets it up: key, secret, and the address of the server with a slash at its end."""
    settings.LOGINRADIUS_PASSWORDLESS = {**getattr(settings, NAME), "PUBLIC_URL": live_server.url}
    application = Application.objects.create(name="SDK Shop", api_key="sdk-shop-key")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the SDK imports distutils and has invalid escapes
        from LoginRadius import LoginRadius

    LoginRadius.API_KEY = application.api_key
    LoginRadius.API_SECRET = ApplicationSecret.objects.issue(application)
    LoginRadius.CUSTOM_DOMAIN = f"{live_server.url}/"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield LoginRadius()


def test_one_touch_by_email_waits_then_signs_in(sdk, mailbox):
    guid = str(uuid.uuid4())
    started = sdk.one_touch_login.one_touch_login_by_email(
        {"clientguid": guid, "email": "alice@example.com", "name": "Alice"}, "", None, None
    )
    assert started == {"IsPosted": True}
    assert sdk.one_touch_login.one_touch_login_ping(guid)["ErrorCode"] == 1139
    verified = sdk.one_touch_login.one_touch_email_verification(token_from(mailbox[0]))
    assert verified == {"IsPosted": True, "IsVerified": True}
    login = sdk.one_touch_login.one_touch_login_ping(guid)
    assert login["Profile"]["Email"] == [{"Type": "Primary", "Value": "alice@example.com"}]
    profile = sdk.authentication.get_profile_by_access_token(login["access_token"])
    assert profile["Uid"] == login["Profile"]["Uid"]
    assert sdk.one_touch_login.one_touch_login_ping(guid)["ErrorCode"] == 1145


def test_one_touch_by_phone_with_a_plus_sign_signs_in(sdk, sms_outbox):
    started = sdk.one_touch_login.one_touch_login_by_phone({"phone": PHONE})
    assert started["IsPosted"] is True
    code = code_from(sms_outbox[0])
    wrong = f"{(int(code) + 1) % 10**6:06}"
    assert sdk.one_touch_login.one_touch_login_otp_verification(wrong, PHONE)["ErrorCode"] == 1067
    login = sdk.one_touch_login.one_touch_login_otp_verification(code, PHONE)
    assert login["Profile"]["PhoneId"] == PHONE
    assert sdk.one_touch_login.one_touch_login_otp_verification(code, PHONE)["ErrorCode"] == 1068
    assert sdk.authentication.get_profile_by_access_token(login["access_token"])["PhoneId"] == PHONE


@pytest.mark.parametrize("by", ["email", "user name"])
def test_smart_login_waits_then_signs_in(sdk, mailbox, alice, by):
    guid = str(uuid.uuid4())
    if by == "email":
        started = sdk.smart_login.smart_login_by_email(guid, "alice@example.com")
    else:
        started = sdk.smart_login.smart_login_by_user_name(guid, "alice")
    assert started == {"IsPosted": True}
    assert sdk.smart_login.smart_login_ping(guid)["ErrorCode"] == 1139
    verified = sdk.smart_login.smart_login_token_verification(token_from(mailbox[0]))
    assert verified == {"IsPosted": True, "IsVerified": True}
    login = sdk.smart_login.smart_login_ping(guid, "Profile(Uid),access_token")
    assert set(login) == {"Profile", "access_token"}
    assert login["Profile"]["Uid"] == alice.uid
    assert sdk.smart_login.smart_login_ping(guid)["ErrorCode"] == 1137
    assert sdk.smart_login.smart_login_token_verification(token_from(mailbox[0]))["ErrorCode"] == 1137


def test_fields_and_voice_and_a_plus_in_the_address_survive_the_sdks_unescaped_queries(sdk, mailbox, voice_outbox):
    guid = "QUJD+REVG+R0hJ+SktM=="
    sdk.one_touch_login.one_touch_login_by_email({"clientguid": guid, "email": "alice+tv@example.com"})
    assert mailbox[0].to == ["alice+tv@example.com"]
    assert sdk.one_touch_login.one_touch_login_ping(guid)["ErrorCode"] == 1139
    sdk.one_touch_login.one_touch_login_by_phone({"phone": PHONE}, "", True)
    code = code_from(voice_outbox[0])
    login = sdk.one_touch_login.one_touch_login_otp_verification(code, PHONE, "Profile(Uid),access_token")
    assert set(login) == {"Profile", "access_token"}
    assert set(login["Profile"]) == {"Uid"}


def test_tokens_are_validated_refreshed_and_ended(sdk, sms_outbox):
    sdk.one_touch_login.one_touch_login_by_phone({"phone": PHONE})
    login = sdk.one_touch_login.one_touch_login_otp_verification(code_from(sms_outbox[0]), PHONE)
    token = login["access_token"]
    assert sdk.authentication.auth_validate_access_token(token)["expires_in"] == login["expires_in"]
    assert sdk.authentication.get_access_token_info(token)["access_token"] == token
    new = sdk.account.refresh_access_token_by_refresh_token(login["refresh_token"])
    assert new["access_token"] != token
    assert sdk.authentication.get_profile_by_access_token(token)["ErrorCode"] == 906
    assert sdk.authentication.auth_in_validate_access_token(new["access_token"]) == {"IsPosted": True}
    assert sdk.authentication.get_profile_by_access_token(new["access_token"])["ErrorCode"] == 905


def test_errors_are_ones_that_the_sdk_can_read(sdk):
    answer = sdk.one_touch_login.one_touch_login_by_email({"clientguid": "short", "email": "alice@example.com"})
    assert answer["ErrorCode"] == 908
    answer = sdk.phone_authentication.check_phone_number_availability(PHONE)
    assert answer["ErrorCode"] == 404


@pytest.mark.parametrize("by", ["email", "user name"])
@pytest.mark.parametrize("proof", ["link", "code"])
def test_passwordless_by_mail_signs_in_with_the_link_or_the_code_and_then_with_neither(sdk, mailbox, alice, by, proof):
    api = sdk.password_less_login
    if by == "email":
        started = api.passwordless_login_by_email("alice@example.com")
    else:
        started = api.passwordless_login_by_user_name("alice")
    assert started == {"IsPosted": True}
    code, token = code_from(mailbox[0]), token_from(mailbox[0])

    def enter(code):
        if by == "email":
            return api.passwordless_login_verification_by_email_and_otp({"email": "alice@example.com", "otp": code})
        return api.passwordless_login_verification_by_user_name_and_otp({"username": "alice", "otp": code})

    assert enter(f"{(int(code) + 1) % 10**6:06}")["ErrorCode"] == 1185
    login = enter(code) if proof == "code" else api.passwordless_login_verification(token)
    assert login["Profile"]["Uid"] == alice.uid
    assert sdk.authentication.get_profile_by_access_token(login["access_token"])["Uid"] == alice.uid
    assert api.passwordless_login_verification(token)["ErrorCode"] == 1062
    assert enter(code)["ErrorCode"] == 1186


@pytest.mark.parametrize("voice", [False, True], ids=["sms", "call"])
def test_passwordless_by_phone_signs_in_with_the_code(sdk, sms_outbox, voice_outbox, phone_customer, voice):
    api = sdk.password_less_login
    started = api.passwordless_login_by_phone(PHONE, None, voice)
    assert started["IsPosted"] is True
    assert started["Data"]["Sid"]
    code = code_from((voice_outbox if voice else sms_outbox)[0])
    assert api.passwordless_login_phone_verification({"phone": PHONE, "otp": "000000"})["ErrorCode"] == 1067
    login = api.passwordless_login_phone_verification({"phone": PHONE, "otp": code}, "Profile(Uid),access_token")
    assert login["Profile"] == {"Uid": phone_customer.uid}
    assert api.passwordless_login_phone_verification({"phone": PHONE, "otp": code})["ErrorCode"] == 1068
