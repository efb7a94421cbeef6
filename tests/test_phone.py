"""A customer's phone: changed, verified, removed, reset by the application's server; and the account deleted by it."""

import pytest
from django.contrib.auth import get_user_model
from django.core import mail
from django.db.models import ProtectedError
from django.utils import timezone

from loginradius_passwordless import signals
from loginradius_passwordless.backends import users
from loginradius_passwordless.backends.base import DeliveryFailed
from loginradius_passwordless.flows import phone as phone_flow
from loginradius_passwordless.identifiers import parse_email
from loginradius_passwordless.models import (
    AccessToken,
    Customer,
    Event,
    Identifier,
    LoginAttempt,
    Message,
    Registration,
    Session,
)
from loginradius_passwordless.models.customer import identity_key

from .conftest import code_from, customer_of, error_code, link_from, ping, press, start_email

pytestmark = pytest.mark.django_db(transaction=True)
User = get_user_model()
OLD, NEW, OTHER, PASSWORD = "+14155550123", "+14155550188", "+14155550199", "correct horse battery"
ROOMY = {
    "RESEND_GAP": 0, "SENDS_PER_TEN_MINUTES": 999, "SENDS_PER_DAY": 999, "STARTS_PER_HOUR_PER_ADDRESS": 9999,
    "FAILURES_PER_MINUTE_PER_ADDRESS": 9999,
}  # fmt: skip


@pytest.fixture
def phil(phone_customer, site) -> Customer:
    """A customer who signs in with a phone and a password, and has a mailbox."""
    site(**ROOMY)
    phone_customer.user.set_password(PASSWORD)
    phone_customer.user.last_login = timezone.now()  # was here before: nobody is welcomed
    phone_customer.user.save()
    Identifier.objects.add_proven(phone_customer, parse_email("phil@example.com"))
    return phone_customer


@pytest.fixture
def token(api, phil) -> dict[str, str]:
    """The access token of a sign-in just now."""
    return {"Authorization": f"Bearer {login(api).json()['access_token']}"}


def login(api, phone=OLD):
    return api.post("auth/login", {"phone": phone, "password": PASSWORD})


def change(api, token, phone=NEW, **query):
    return api.put("auth/phone", {"phone": phone}, headers=token, **query)


def prove(api, token, code):
    return api.put("auth/phone/otp", headers=token, otp=code)


def phone_of(api, token):
    profile = api.get("auth/account", headers=token).json()
    return profile["PhoneId"], profile["PhoneIdVerified"]


# Another number


def test_the_old_number_is_the_login_until_the_new_one_is_proven(api, phil, token, sms_outbox, mailbox):
    assert set(change(api, token).json()) == {"IsPosted", "Data"}
    assert phone_of(api, token) == (OLD, True)
    assert (login(api).status_code, error_code(login(api, NEW))) == (200, 966)
    assert prove(api, token, code_from(sms_outbox[0])).json() == {"IsPosted": True}
    assert phone_of(api, token) == (NEW, True)
    assert (error_code(login(api)), login(api, NEW).status_code) == (966, 200)


def test_both_ends_are_told(api, phil, token, sms_outbox, mailbox):
    change(api, token)
    prove(api, token, code_from(sms_outbox[0]))
    assert [message.to for message in sms_outbox] == [NEW, OLD]
    assert "taken off" in sms_outbox[1].text
    assert [mail.to for mail in mailbox] == [["phil@example.com"]]
    assert Event.objects.get(name="phone_changed").customer == phil


def test_codes_that_went_to_the_old_number_are_dead(api, phil, token, sms_outbox):
    api.get("auth/login/passwordlesslogin/otp", phone=OLD)
    api.post("auth/password/otp", {"phone": OLD})
    change(api, token)
    prove(api, token, code_from(sms_outbox[2]))
    signed_in = api.put("auth/login/passwordlesslogin/otp/verify", {"phone": OLD, "otp": code_from(sms_outbox[0])})
    assert error_code(signed_in) == 1067
    body = {"phone": OLD, "otp": code_from(sms_outbox[1]), "password": "another good password"}
    assert error_code(api.put("auth/password/otp", body)) == 1067


def test_a_sign_in_of_a_while_ago_is_not_enough(api, phil, token, later, shop_secret):
    later(minutes=11)
    Session.objects.update(ended_at=None)
    assert error_code(change(api, token)) == 1120
    assert error_code(api.call("DELETE", "auth/phone", headers=token)) == 1120


def test_refreshing_a_token_makes_no_sign_in_younger(api, phil, later, shop_secret):
    refresh_token = login(api).json()["refresh_token"]
    later(minutes=11)
    secret = {"X-LoginRadius-ApiSecret": shop_secret}
    fresh = api.get("manage/account/access_token/refresh", headers=secret, refresh_token=refresh_token).json()
    bearer = {"Authorization": f"Bearer {fresh['access_token']}"}
    assert phone_of(api, bearer) == (OLD, True)
    assert error_code(change(api, bearer)) == 1120


def test_a_number_of_somebody_else_is_answered_alike(api, phil, token, sms_outbox, site):
    customer_of(User.objects.create(username="olga"), phone=OTHER)
    assert change(api, token, OTHER).json().keys() == change(api, token, NEW).json().keys()
    assert "already" in sms_outbox[0].text
    assert error_code(prove(api, token, "123456")) == 1067
    site(REVEAL_UNKNOWN_ACCOUNTS=True)
    assert error_code(change(api, token, OTHER)) == 1058


def test_a_number_that_somebody_else_proves_meanwhile_is_theirs(api, phil, token, sms_outbox):
    change(api, token)
    olga = customer_of(User.objects.create(username="olga"), phone=NEW)
    assert error_code(prove(api, token, code_from(sms_outbox[0]))) == 1058
    assert phone_of(api, token) == (OLD, True)
    assert olga.identifiers.count() == 1


def test_the_newest_number_counts(api, phil, token, sms_outbox):
    change(api, token, OTHER)
    change(api, token, NEW)
    assert error_code(prove(api, token, code_from(sms_outbox[0]))) == 1067
    assert prove(api, token, code_from(sms_outbox[1])).status_code == 200
    assert phone_of(api, token) == (NEW, True)


def test_another_code_for_the_new_number(api, phil, token, sms_outbox):
    change(api, token)
    answer = api.post("auth/phone/otp", {"phone": NEW}, headers=token)
    assert set(answer.json()) == {"IsPosted", "Data"}
    assert prove(api, token, code_from(sms_outbox[1])).status_code == 200


def test_one_account_does_not_text_to_any_number_of_numbers(api, phil, token, sms_outbox, site):
    site(SENDS_PER_DAY=10, TRUSTED_PROXY_COUNT=1)
    answers = [
        change(api, {**token, "X-Forwarded-For": f"192.0.2.{last}"}, phone=f"+14155550{last}")
        for last in range(100, 115)
    ]
    assert [answer.status_code for answer in answers] == [200] * 10 + [403] * 5


def test_another_code_only_for_a_number_that_was_asked_for(api, phil, token):
    assert error_code(api.post("auth/phone/otp", {"phone": OLD}, headers=token)) == 1073
    assert error_code(api.post("auth/phone/otp", {"phone": NEW}, headers=token)) == 1043
    assert error_code(prove(api, token, "123456")) == 1073
    assert error_code(change(api, token, OLD)) == 1073


def test_a_code_of_one_customer_is_nothing_to_another(api, phil, token, sms_outbox):
    facts = {"password": phil.user.password, "last_login": timezone.now()}
    olga = customer_of(User.objects.create(username="olga", **facts), phone=OTHER)
    hers = {"Authorization": f"Bearer {login(api, OTHER).json()['access_token']}"}
    change(api, token)
    change(api, hers)
    assert error_code(prove(api, hers, code_from(sms_outbox[0]))) == 1067
    assert prove(api, hers, code_from(sms_outbox[1])).status_code == 200
    assert olga.identifiers.get().canonical == NEW
    assert error_code(prove(api, token, code_from(sms_outbox[0]))) in {1058, 1067}


def test_a_customer_without_a_phone_gets_one(api, alice, sms_outbox, mailbox, person):
    api.get("auth/login/passwordlesslogin/email", email="alice@example.com")
    body = {"email": "alice@example.com", "otp": code_from(mailbox[0])}
    answer = api.post("auth/login/passwordlesslogin/email/verifyotp", body).json()
    token = {"Authorization": f"Bearer {answer['access_token']}"}
    assert error_code(prove(api, token, "123456")) == 1067
    change(api, token)
    assert prove(api, token, code_from(sms_outbox[0])).status_code == 200
    assert phone_of(api, token) == (NEW, True)
    assert len(sms_outbox) == 1
    assert "phone" in mailbox[-1].subject


@pytest.mark.parametrize("bearer", ["", "Bearer ", "Bearer nonsense", "Basic abc"])
def test_without_a_token_nobody_changes_anything(api, phil, bearer):
    headers = {"Authorization": bearer} if bearer else {}
    code = 905 if "nonsense" in bearer else 1060
    assert error_code(change(api, headers)) == code
    assert error_code(api.call("DELETE", "auth/phone", headers=headers)) == code
    assert error_code(api.get("auth/account/otp", headers=headers)) == code
    assert error_code(api.post("auth/account/delete", {"otp": "123456"}, headers=headers)) == code


def test_the_token_of_somebody_deleted_is_unknown(api, phil, token):
    User.objects.all().delete()
    assert error_code(change(api, token)) == 905
    assert error_code(api.get("auth/account/otp", headers=token)) == 905


def test_somebody_deleted_between_the_code_and_the_change_is_no_fault(api, phil, token, sms_outbox, monkeypatch):
    change(api, token)
    code, take = code_from(sms_outbox[-1]), phone_flow._take

    def meanwhile(*arguments, **options):
        monkeypatch.undo()
        api.get("auth/account/otp", headers=token)
        assert delete(api, token, code_from(sms_outbox[-1])).status_code == 200
        return take(*arguments, **options)

    monkeypatch.setattr(phone_flow, "_take", meanwhile)
    assert error_code(prove(api, token, code)) == 905


# No number


def test_a_phone_can_be_removed(api, phil, token, sms_outbox, mailbox):
    answer = api.call("DELETE", "auth/phone", headers=token)
    assert answer.json() == {"IsDeleted": True}
    assert phone_of(api, token) == (None, False)
    assert error_code(login(api)) == 966
    assert [message.to for message in sms_outbox] == [OLD]
    assert len(mailbox) == 1
    assert error_code(api.call("DELETE", "auth/phone", headers=token)) == 1292


def test_unless_it_is_the_only_way_in(api, phil, token):
    Identifier.objects.filter(kind="email").delete()
    assert error_code(api.call("DELETE", "auth/phone", headers=token)) == 1043
    assert phone_of(api, token) == (OLD, True)


# What the application's server may do


def test_a_proof_can_be_taken_back(api, phil, shop_secret, sms_outbox):
    secret = {"X-LoginRadius-ApiSecret": shop_secret}
    address = f"manage/account/{phil.uid}/invalidatephone"
    assert error_code(api.put(address)) == 923
    assert error_code(api.put(address, headers={"X-LoginRadius-ApiSecret": "wrong"})) == 902
    assert api.put(address, headers=secret).json() == {"IsPosted": True}
    assert error_code(login(api)) == 1066
    assert error_code(api.put(address, headers=secret)) == 1161
    answer = api.put("auth/phone/otp", {"phone": OLD}, otp=code_from(sms_outbox[0]))
    assert answer.json()["Profile"]["Uid"] == phil.uid
    assert login(api).status_code == 200


def test_it_is_proven_anew_by_a_customer_who_is_signed_in(api, phil, token, shop_secret, sms_outbox):
    api.put(
        f"manage/account/{phil.uid.upper()}/InvalidatePhone/", b'""', headers={"X-LoginRadius-ApiSecret": shop_secret}
    )
    assert phone_of(api, token) == (OLD, False)
    assert error_code(api.get("auth/account/otp", headers=token)) == 1066
    assert api.post("auth/phone/otp", {"phone": OLD}, headers=token).status_code == 200
    assert prove(api, token, code_from(sms_outbox[1])).json() == {"IsPosted": True}
    assert phone_of(api, token) == (OLD, True)
    assert len(sms_outbox) == 2  # nothing was taken off


def test_somebody_else_who_proves_the_number_has_it(api, phil, shop_secret, sms_outbox):
    api.put(f"manage/account/{phil.uid}/invalidatephone", headers={"X-LoginRadius-ApiSecret": shop_secret})
    api.post("auth/onetouchlogin/phone", {"phone": OLD})
    answer = api.put("auth/onetouchlogin/phone/verify", {"phone": OLD}, otp=code_from(sms_outbox[1]))
    assert answer.json()["Profile"]["Uid"] != phil.uid
    assert not phil.identifiers.filter(kind="phone").exists()


def test_of_two_who_say_that_a_number_is_theirs_each_gets_a_code_of_their_own(
    api, phil, alice, shop_secret, sms_outbox
):
    secret = {"X-LoginRadius-ApiSecret": shop_secret}
    for customer in (phil, alice):
        api.put(f"manage/account/{customer.uid}/phoneid", {"phone": NEW}, headers=secret)
    body = {"email": "alice@example.com"}
    api.get("auth/login/passwordlesslogin/email", **body)
    code = code_from(mail.outbox[-1])
    login = api.post("auth/login/passwordlesslogin/email/verifyotp", {**body, "otp": code}).json()
    hers = {"Authorization": f"Bearer {login['access_token']}"}
    assert api.post("auth/phone/otp", {"phone": NEW}, headers=hers).status_code == 200
    # Also where she enters it without her token.
    answer = api.put("auth/phone/otp", {"phone": NEW}, otp=code_from(sms_outbox[-1]))
    assert answer.json()["Profile"]["Uid"] == alice.uid
    assert not phil.identifiers.filter(kind="phone").exists()


@pytest.mark.parametrize(("name", "code"), [("invalidatephone", 937), ("phoneid", 937)])
def test_an_unknown_uid(api, phil, shop_secret, name, code):
    secret = {"X-LoginRadius-ApiSecret": shop_secret}
    assert error_code(api.put(f"manage/account/{'0' * 32}/{name}", {"phone": NEW}, headers=secret)) == code


def test_who_has_no_phone_has_nothing_to_reset(api, alice, shop_secret):
    secret = {"X-LoginRadius-ApiSecret": shop_secret}
    assert error_code(api.put(f"manage/account/{alice.uid}/invalidatephone", headers=secret)) == 1147


def test_an_application_without_phones_sets_and_resets_none(api, shop, phil, shop_secret):
    secret = {"X-LoginRadius-ApiSecret": shop_secret}
    shop.phone_login = False
    shop.save()
    assert error_code(api.put(f"manage/account/{phil.uid}/phoneid", {"phone": NEW}, headers=secret)) == 1074
    assert error_code(api.put(f"manage/account/{phil.uid}/invalidatephone", headers=secret)) == 1074


def test_a_number_set_by_uid_opens_nothing_before_it_is_proven(api, phil, shop_secret, sms_outbox):
    secret = {"X-LoginRadius-ApiSecret": shop_secret}
    address = f"manage/account/{phil.uid}/phoneid"
    profile = api.put(address, {"phone": NEW}, headers=secret).json()
    assert (profile["Uid"], profile["PhoneId"], profile["PhoneIdVerified"]) == (phil.uid, NEW, False)
    assert (error_code(login(api)), error_code(login(api, NEW))) == (966, 1066)
    code = code_from(next(message for message in sms_outbox if message.to == NEW))
    assert api.put("auth/phone/otp", {"phone": NEW}, otp=code).json()["Profile"]["Uid"] == phil.uid
    assert api.put(address, {"phone": NEW}, headers=secret).json()["PhoneIdVerified"] is True
    customer_of(User.objects.create(username="olga"), phone=OTHER)
    assert error_code(api.put(address, {"phone": OTHER}, headers=secret)) == 1058
    assert error_code(api.put(address, {}, headers=secret)) == 1076
    assert error_code(api.put(address, b"[", headers=secret)) == 1079


# Deleting the account


def delete(api, token, code):
    return api.post("auth/account/delete", {"OTP": code}, headers=token)


def test_an_account_is_deleted_with_a_code(api, phil, token, sms_outbox):
    heard = []
    signals.account_deleting.connect(lambda customer, **rest: heard.append(customer.uid), weak=False, dispatch_uid="t")
    assert set(api.get("auth/account/otp", headers=token).json()) == {"IsPosted", "Data"}
    assert error_code(delete(api, token, "000000" if code_from(sms_outbox[0]) != "000000" else "111111")) == 1067
    assert delete(api, token, code_from(sms_outbox[0])).json() == {"IsDeleted": True}
    signals.account_deleting.disconnect(dispatch_uid="t")
    assert heard == [phil.uid]
    assert User.objects.count() == Customer.objects.count() == AccessToken.objects.count() == 0
    assert error_code(api.get("auth/account", headers=token)) == 905
    assert error_code(login(api)) == 966
    assert Event.objects.filter(name="account_deleted").count() == 1


def test_nothing_that_is_left_says_who_it_was(api, phil, token, sms_outbox, mailbox, site):
    api.get("auth/login/passwordlesslogin/email", username="phil")
    api.get("auth/login/passwordlesslogin/email", email="phil@example.com")
    site(SENDING="worker", **ROOMY)
    api.post("auth/onetouchlogin/phone", {"phone": OLD, "name": "Phil"})
    site(SENDING="inline")
    api.get("auth/account/otp", headers=token)
    delete(api, token, code_from(sms_outbox[-1]))
    assert LoginAttempt.objects.count() == 5
    for attempt in LoginAttempt.objects.all():
        told = [attempt.recipient, attempt.identity, attempt.name, attempt.asked_agent]
        assert (told, attempt.asked_address, attempt.customer) == ([""] * 4, None, None)
    for message in Message.objects.all():
        assert (message.recipient, message.identity, bytes(message.sealed)) == ("", "", b"")
        assert message.state != "pending"
    for event in Event.objects.all():
        assert (event.identity, event.customer, event.address, event.agent) == ("", None, None, "")
    assert set(Registration.objects.values_list("identity", "email")) <= {("", "")}


def test_nor_does_the_notice_to_a_number_of_before(api, phil, token, sms_outbox):
    change(api, token)
    prove(api, token, code_from(sms_outbox[0]))
    api.get("auth/account/otp", headers=token)
    assert delete(api, token, code_from(sms_outbox[-1])).status_code == 200
    assert set(Message.objects.values_list("recipient", "identity")) == {("", "")}


def test_a_number_that_was_never_proven_is_not_told_of_its_removal(api, phil, token, sms_outbox, shop_secret):
    api.put(f"manage/account/{phil.uid}/phoneid", {"phone": NEW}, headers={"X-LoginRadius-ApiSecret": shop_secret})
    sms_outbox.clear()
    assert api.call("DELETE", "auth/phone", headers=token).json() == {"IsDeleted": True}
    assert sms_outbox == []


def test_evidence_of_a_mailbox_that_was_only_claimed_is_somebody_elses(
    api, alice, sms_outbox, mailbox, person, shop_secret, site
):
    site(**ROOMY)
    guid, key = start_email(api), identity_key(parse_email("alice@example.com"))
    body = {"PhoneId": NEW, "Password": PASSWORD, "Email": "alice@example.com"}
    api.post("auth/register", body, headers={"X-LoginRadius-ApiSecret": shop_secret})
    answer = api.put("auth/phone/otp", {"phone": NEW}, otp=code_from(sms_outbox[0]))
    mallory = {"Authorization": f"Bearer {answer.json()['access_token']}"}
    api.get("auth/account/otp", headers=mallory)
    assert delete(api, mallory, code_from(sms_outbox[-1])).status_code == 200
    assert Event.objects.filter(identity=key).exists()
    assert LoginAttempt.objects.filter(identity=key).exists()
    press(person, link_from(mailbox[0]), "approve")
    assert ping(api, guid).status_code == 200


def test_the_number_and_the_address_are_free_at_once(api, phil, token, sms_outbox, mailbox, shop_secret):
    api.get("auth/account/otp", headers=token)
    delete(api, token, code_from(sms_outbox[0]))
    assert api.get("auth/phone", phone=OLD).json() == {"IsExist": False}
    secret = {"X-LoginRadius-ApiSecret": shop_secret}
    api.post("auth/register", {"PhoneId": OLD, "Password": PASSWORD, "UserName": "phil"}, headers=secret)
    profile = api.put("auth/phone/otp", {"phone": OLD}, otp=code_from(sms_outbox[-1])).json()["Profile"]
    assert profile["UserName"] == "phil"
    assert profile["Uid"] != phil.uid


@pytest.mark.parametrize("refused", [False, True])
def test_a_site_may_keep_the_row_of_the_user(api, phil, token, sms_outbox, site, monkeypatch, refused):
    if refused:  # the site's own tables do not let go of it

        def protected(user):
            raise ProtectedError("an order", set())

        monkeypatch.setattr(users, "delete", protected)
    else:
        site(ON_ACCOUNT_DELETION="deactivate", **ROOMY)
    User.objects.update(email="phil@example.com", first_name="Phil", last_name="Example")
    api.get("auth/account/otp", headers=token)
    assert delete(api, token, code_from(sms_outbox[0])).json() == {"IsDeleted": True}
    user = User.objects.get()
    assert (user.is_active, user.email, user.first_name, user.last_name) == (False, "", "", "")
    assert user.username == f"deleted-{phil.uid}"
    assert not user.has_usable_password()
    assert Customer.objects.count() == Identifier.objects.count() == Session.objects.count() == 0


def test_a_customer_without_a_phone_cannot_get_a_code(api, phil, token):
    Identifier.objects.filter(kind="phone").delete()
    assert error_code(api.get("auth/account/otp", headers=token)) == 1292
    assert error_code(delete(api, token, "123456")) == 1292


def test_a_browser_that_follows_a_link_sends_no_code(api, phil, token, sms_outbox):
    navigation = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document", **token}
    assert api.get("auth/account/otp", headers=navigation).status_code == 303
    assert sms_outbox == []


# The site's own say before a phone gets a message


def refuse_resets(to, kind):
    if kind == "password_reset":
        raise DeliveryFailed(f"the SIM card of {to} was swapped", permanent=True)


def fail(to, kind):
    raise RuntimeError("the service is away")


def test_a_guard_is_asked_before_a_phone_gets_a_message(api, phil, sms_outbox, site):
    site(PHONE_GUARD=f"{__name__}.refuse_resets", **ROOMY)
    assert api.post("auth/password/otp", {"phone": OLD}).status_code == 200
    assert sms_outbox == []
    message = Message.objects.get()
    assert (message.state, message.error) == ("failed", "the SIM card of +••• was swapped")
    api.get("auth/login/passwordlesslogin/otp", phone=OLD)
    assert len(sms_outbox) == 1


def test_a_guard_that_fails_lets_nothing_through(api, phil, sms_outbox, site):
    site(PHONE_GUARD=f"{__name__}.fail", **ROOMY)
    assert api.post("auth/password/otp", {"phone": OLD}).status_code == 200
    assert sms_outbox == []
    assert Message.objects.get().state == "pending"
