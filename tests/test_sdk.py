"""LoginRadius' own Python SDK, unpatched, pointed at a running server."""

import uuid
import warnings
from datetime import UTC, datetime

import pytest
import time_machine

from loginradius_passwordless.conf import NAME
from loginradius_passwordless.identifiers import parse_email
from loginradius_passwordless.models import Application, ApplicationSecret, Customer, Identifier

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
    answer = sdk.authentication.get_security_questions_by_email("alice@example.com")
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


PASSWORD = "correct horse battery"
NEW_PHONE = "+14155550188"


@pytest.fixture(params=[3, 15], ids=["03:00 UTC", "15:00 UTC"])
def at_any_hour(request):
    """Move the clock: the SDK writes its SOTTs with a clock of twelve hours, and the server reads them."""
    with time_machine.travel(datetime(2026, 11, 30, request.param, 0, 1, tzinfo=UTC)):
        yield


def wrong(code):
    return f"{(int(code) + 1) % 10**6:06}"


@pytest.mark.usefixtures("at_any_hour")
def test_phone_authentication_from_registration_to_removal(sdk, sms_outbox, mailbox, site):
    """Every method of ``phone_authentication``, and the one of ``account`` that resets a verification."""
    site(RESEND_GAP=0, SENDS_PER_TEN_MINUTES=99, SENDS_PER_DAY=99)
    phone = sdk.phone_authentication
    assert phone.check_phone_number_availability(PHONE) == {"IsExist": False}
    person = {"PhoneId": PHONE, "Password": PASSWORD, "FirstName": "Alice", "Email": []}
    assert phone.user_registration_by_phone(person, "nonsense")["ErrorCode"] == 1049
    started = phone.user_registration_by_phone(person, sdk.get_sott())
    assert started["IsPosted"] is True, started
    assert (
        phone.login_by_phone({"phone": PHONE, "password": PASSWORD}, options="preventverificationsms")["ErrorCode"]
        == 1066
    )
    assert phone.phone_resend_verification_otp(PHONE)["IsPosted"] is True
    _first, second = map(code_from, sms_outbox)
    assert phone.phone_verification_by_otp(wrong(second), PHONE)["ErrorCode"] == 1067
    registered = phone.phone_verification_by_otp(second, PHONE)
    assert registered["Profile"]["FirstName"] == "Alice"
    assert phone.check_phone_number_availability(PHONE) == {"IsExist": True}

    login = phone.login_by_phone({"phone": PHONE, "password": PASSWORD})
    token = login["access_token"]
    assert login["Profile"]["Uid"] == registered["Profile"]["Uid"]

    assert phone.update_phone_number(token, NEW_PHONE)["IsPosted"] is True
    assert phone.phone_resend_verification_otp_by_token(token, NEW_PHONE)["IsPosted"] is True
    code = code_from([message for message in sms_outbox if message.to == NEW_PHONE][-1])
    assert phone.phone_verification_otp_by_access_token(token, code) == {"IsPosted": True}
    assert phone.login_by_phone({"phone": PHONE, "password": PASSWORD})["ErrorCode"] == 966

    assert phone.forgot_password_by_phone_otp(NEW_PHONE)["IsPosted"] is True
    reset = {"phone": NEW_PHONE, "otp": code_from(sms_outbox[-1]), "password": "another good password"}
    assert phone.reset_password_by_phone_otp(reset) == {"IsPosted": True}
    assert sdk.authentication.get_profile_by_access_token(token)["ErrorCode"] == 905
    token = phone.login_by_phone({"phone": NEW_PHONE, "password": "another good password"})["access_token"]

    uid = registered["Profile"]["Uid"]
    assert sdk.account.reset_phone_id_verification_by_uid(uid) == {"IsPosted": True}
    code = code_from(sms_outbox[-1])
    assert phone.phone_verification_otp_by_access_token(token, code) == {"IsPosted": True}
    assert sdk.account.update_phone_id_by_uid(PHONE, uid)["PhoneIdVerified"] is False
    assert phone.remove_phone_id_by_access_token(token)["ErrorCode"] == 1043  # the only way in
    Identifier.objects.add_proven(Customer.objects.get(), parse_email("alice@example.com"))
    assert phone.remove_phone_id_by_access_token(token) == {"IsDeleted": True}


def test_a_sott_is_made_with_the_servers_time_and_by_the_server(sdk, sms_outbox):
    person = {"PhoneId": PHONE, "Password": PASSWORD}
    assert sdk.phone_authentication.user_registration_by_phone(person, sdk.get_sott("10", True))["IsPosted"] is True
    person = {"PhoneId": NEW_PHONE, "Password": PASSWORD}
    sott = sdk.sott.generate_sott(5)["Sott"]
    assert sdk.phone_authentication.user_registration_by_phone(person, sott)["IsPosted"] is True
