"""One-touch login by e-mail: ask on one device, confirm on any, be signed in on the first."""

import pytest
from django.contrib.auth import get_user_model

from loginradius_passwordless.models import Customer, EmailTemplate, LoginAttempt

from .conftest import error_code, link_from, new_guid, ping, press, start_email, token_from

pytestmark = pytest.mark.django_db(transaction=True)
User = get_user_model()


def confirm(api, message):
    answer = api.get("auth/email/onetouchlogin", verificationtoken=token_from(message))
    assert answer.status_code == 200, answer.content


def test_a_new_person_asks_on_a_tv_confirms_in_the_mail_and_is_signed_in_on_the_tv(api, person, mailbox):
    guid = start_email(api)
    assert error_code(ping(api, guid)) == 1139
    page = press(person, link_from(mailbox[0]), "approve")
    assert b"The other device is signed in" in page.content
    body = ping(api, guid).json()
    assert body["Profile"]["Email"] == [{"Type": "Primary", "Value": "alice@example.com"}]
    assert error_code(ping(api, guid)) == 1145
    profile = api.get("auth/account", headers={"Authorization": f"Bearer {body['access_token']}"}).json()
    assert profile["Uid"] == body["Profile"]["Uid"]


def test_not_me_ends_the_login_for_good(api, person, mailbox):
    guid = start_email(api)
    link = link_from(mailbox[0])
    assert b"Nobody was signed in" in press(person, link, "deny").content
    assert error_code(ping(api, guid)) == 1143
    assert error_code(api.get("auth/email/onetouchlogin", verificationtoken=token_from(mailbox[0]))) == 1143
    assert not User.objects.exists()


def test_the_link_can_be_verified_by_the_api_at_both_paths_under_both_names(api, mailbox, site):
    site(RESEND_GAP=0)
    for path, name in [("auth/email/onetouchlogin", "verificationtoken"), ("auth/email/smartlogin", "vtoken")]:
        guid = start_email(api)
        assert api.get(path, **{name: token_from(mailbox[-1])}).json() == {"IsPosted": True, "IsVerified": True}
        assert ping(api, guid).status_code == 200
        mailbox.clear()


def test_nobody_is_registered_before_proof(api, mailbox):
    start_email(api)
    assert not User.objects.exists()
    confirm(api, mailbox[0])
    assert User.objects.get().email == "alice@example.com"
    assert not User.objects.get().has_usable_password()


def test_the_second_login_finds_the_account_that_the_first_made_and_welcomes_nobody_again(api, mailbox, site):
    site(RESEND_GAP=0)
    uids = set()
    for address in ("alice@example.com", "Alice@EXAMPLE.com"):
        mailbox.clear()
        guid = start_email(api, address)
        confirm(api, mailbox[0])
        uids.add(ping(api, guid).json()["Profile"]["Uid"])
    assert len(uids) == 1
    assert User.objects.count() == 1
    assert len(mailbox) == 1


def test_the_first_login_ever_is_welcomed(api, mailbox):
    guid = start_email(api)
    confirm(api, mailbox[0])
    assert len(mailbox) == 1
    ping(api, guid)
    assert mailbox[1].subject == "Welcome to Example Shop"


def test_a_name_given_at_the_start_becomes_the_new_persons(api, mailbox):
    guid = new_guid()
    api.post("auth/onetouchlogin/email", {"Email": "alice@example.com", "ClientGuid": guid, "Name": "Alice  de Vries"})
    confirm(api, mailbox[0])
    profile = ping(api, guid).json()["Profile"]
    assert (profile["FirstName"], profile["LastName"]) == ("Alice", "de Vries")
    assert profile["FullName"] == "Alice de Vries"


@pytest.mark.parametrize(
    "name", ["http://evil.example", "evil.example/win", "<a href=x>", "www.evil", "#OTP#", "#Url#"]
)
def test_a_name_never_puts_a_link_or_a_secret_into_the_mail(api, mailbox, name):
    api.post("auth/onetouchlogin/email", {"email": "alice@example.com", "clientguid": new_guid(), "name": name})
    html = mailbox[0].alternatives[0][0]
    assert "evil" not in mailbox[0].body + html
    assert name not in html


def test_a_site_user_with_the_proven_address_is_adopted_and_their_password_whoever_chose_it_is_dead(api, mailbox):
    user = User.objects.create_user("alice", "Alice@Example.com", "chosen by mallory, who waited")
    guid = start_email(api)
    confirm(api, mailbox[0])
    profile = ping(api, guid).json()["Profile"]
    assert Customer.objects.get().user == user
    assert profile["UserName"] == "alice"
    user.refresh_from_db()
    assert not user.has_usable_password()


def test_where_the_site_verified_its_addresses_an_adopted_user_keeps_everything(api, mailbox, site):
    site(SITE_EMAILS_ARE_VERIFIED=True)
    user = User.objects.create_superuser("alice", "alice@example.com", "correct horse")
    guid = start_email(api)
    confirm(api, mailbox[0])
    assert ping(api, guid).json()["Profile"]["UserName"] == "alice"
    user.refresh_from_db()
    assert user.check_password("correct horse")


@pytest.mark.parametrize("power", ["is_staff", "is_superuser"])
def test_the_mailbox_of_staff_does_not_open_the_admin(api, mailbox, power):
    user = User.objects.create_user("root", "alice@example.com", "correct horse")
    start_email(api)
    User.objects.update(**{power: True})  # with it from the beginning there would be no mail
    answer = api.get("auth/email/onetouchlogin", verificationtoken=token_from(mailbox[0]))
    assert error_code(answer) == 1220
    user.refresh_from_db()
    assert user.check_password("correct horse")
    assert not Customer.objects.exists()


def test_mail_goes_to_the_stored_spelling_of_an_address_whoever_asks(api, mailbox, site):
    site(RESEND_GAP=0)
    start_email(api, "Alice@example.com")
    confirm(api, mailbox[0])
    User.objects.create_user("bob", "Bob@example.com")
    start_email(api, "ALICE@example.com")
    start_email(api, "BOB@example.com")
    assert [mail.to for mail in mailbox[-2:]] == [["Alice@example.com"], ["Bob@example.com"]]


def test_an_address_that_two_site_users_have_signs_nobody_in(api, mailbox):
    for name in ("alice", "mallory"):
        User.objects.create_user(name, "alice@example.com")
    guid = start_email(api)
    answer = api.get("auth/email/onetouchlogin", verificationtoken=token_from(mailbox[0]))
    assert error_code(answer) == 1220
    assert error_code(ping(api, guid)) == 1139
    assert not Customer.objects.exists()


def test_a_guid_belongs_to_its_first_writer(api, api_of, bank, mailbox):
    guid = start_email(api)
    again = {"email": "mallory@example.com", "clientguid": guid}
    assert error_code(api.post("auth/onetouchlogin/email", again)) == 1136
    assert error_code(api.post("auth/onetouchlogin/email", {**again, "email": "alice@example.com"})) == 1136
    assert len(mailbox) == 1
    start_email(api_of(bank), "bob@example.com", guid=guid)
    confirm(api, mailbox[0])
    assert error_code(ping(api_of(bank), guid)) == 1139


def test_another_application_learns_nothing_of_a_guid_and_cannot_use_the_link(api, api_of, bank, mailbox):
    guid = start_email(api)
    assert error_code(ping(api_of(bank), guid)) == 1140
    stolen = api_of(bank).get("auth/email/onetouchlogin", verificationtoken=token_from(mailbox[0]))
    assert error_code(stolen) == 1063
    confirm(api, mailbox[0])


@pytest.mark.parametrize(
    "guid", ["", "short", "x" * 15, "x" * 129, "with\ttab-and-more", "ünïcödé-guid-that-is-long", None, 5, ["a" * 20]]
)
def test_a_guid_that_is_no_guid_is_refused(api, mailbox, guid):
    answer = api.post("auth/onetouchlogin/email", {"email": "alice@example.com", "clientguid": guid})
    assert error_code(answer) == 908
    assert not mailbox


def test_an_unknown_guid_is_not_known(api):
    assert error_code(ping(api, new_guid())) == 1140


def test_a_link_works_once(api, person, mailbox):
    start_email(api)
    confirm(api, mailbox[0])
    assert error_code(api.get("auth/email/onetouchlogin", verificationtoken=token_from(mailbox[0]))) == 1145
    page = person.get(link_from(mailbox[0]), follow=True)
    assert page.status_code == 403
    assert b"was used before" in page.content


def test_a_link_dies_after_ten_minutes_and_the_device_is_told(api, person, mailbox, later):
    guid = start_email(api)
    later(minutes=10, seconds=1)
    assert error_code(api.get("auth/email/onetouchlogin", verificationtoken=token_from(mailbox[0]))) == 975
    assert error_code(ping(api, guid)) == 975
    assert b"has expired" in person.get(link_from(mailbox[0]), follow=True).content


def test_a_link_opened_in_its_last_second_leaves_the_device_two_minutes(api, mailbox, later):
    guid = start_email(api)
    later(minutes=9, seconds=58)
    confirm(api, mailbox[0])
    later(seconds=110)
    assert ping(api, guid).status_code == 200


def test_a_device_that_never_comes_back_loses_its_turn(api, mailbox, later):
    guid = start_email(api)
    confirm(api, mailbox[0])
    later(seconds=121)
    assert error_code(ping(api, guid)) == 975


def test_a_link_nobody_made_is_unknown(api):
    for token in ("x" * 43, "x", "%00", "a b c", "x" * 500):
        assert error_code(api.get("auth/email/onetouchlogin", verificationtoken=token)) == 1063
    assert error_code(api.get("auth/email/onetouchlogin")) == 908


def test_three_attempts_live_side_by_side_and_a_fourth_supersedes_the_oldest(api, mailbox, site):
    site(RESEND_GAP=0, SENDS_PER_TEN_MINUTES=10)
    guids = [start_email(api) for _ in range(4)]
    answers = [api.get("auth/email/onetouchlogin", verificationtoken=token_from(mail)) for mail in mailbox[:4]]
    assert error_code(answers[0]) == 975
    assert [answer.status_code for answer in answers[1:]] == [200, 200, 200]
    assert [ping(api, guid).status_code for guid in guids] == [403, 200, 200, 200]


def test_a_return_address_must_be_on_the_list_letter_by_letter(api, person, mailbox):
    for url in [
        "https://evil.example/", "https://shop.example/welcome/", "https://shop.example/welcome?x=1", "//shop.example/welcome",
        "https://shop.example/welcome#x", "https://SHOP.example/welcome", "https://shop.example@evil.example/welcome",
        "javascript:alert(1)", "https:shop.example/welcome", " https://shop.example/welcome", "\\\\evil.example",
    ]:  # fmt: skip
        body = {"email": "alice@example.com", "clientguid": new_guid()}
        assert error_code(api.post("auth/onetouchlogin/email", body, redirecturl=url)) == 1249
    assert not mailbox
    start_email(api, redirecturl="https://shop.example/welcome")
    answer = press(person, link_from(mailbox[0]), "approve")
    assert (answer.status_code, answer["Location"]) == (303, "https://shop.example/welcome")


def test_a_forged_host_reaches_no_mailbox(api, mailbox, site):
    site(RESEND_GAP=0, SENDS_PER_TEN_MINUTES=10)
    for header in ("Host", "X-Forwarded-Host", "X-Host", "Forwarded"):
        body = {"email": "alice@example.com", "clientguid": new_guid()}
        api.post("auth/onetouchlogin/email", body, headers={header: "evil.example"})
    assert len(mailbox) == 4
    assert all(link_from(mail).startswith("http://testserver/") for mail in mailbox)
    assert all("evil" not in mail.body for mail in mailbox)


@pytest.mark.parametrize(
    ("change", "code"),
    [({"is_blocked": True}, 991), ({"is_login_disabled": True}, 1130), ("inactive", 991), ("deleted", 991)],
)
def test_an_account_closed_between_confirmation_and_ping_gets_no_token(api, mailbox, change, code):
    guid = start_email(api)
    confirm(api, mailbox[0])
    if change == "inactive":
        User.objects.update(is_active=False)
    elif change == "deleted":
        User.objects.all().delete()
    else:
        Customer.objects.update(**change)
    assert error_code(ping(api, guid)) == code


def test_an_account_closed_between_question_and_confirmation_is_not_let_in(api, mailbox, site):
    site(RESEND_GAP=0)
    start_email(api)
    confirm(api, mailbox[0])
    guid = start_email(api)
    Customer.objects.update(is_blocked=True)
    answer = api.get("auth/email/onetouchlogin", verificationtoken=token_from(mailbox[-1]))
    assert error_code(answer) == 991
    assert error_code(ping(api, guid)) == 1139


def test_a_closed_account_is_answered_like_an_open_one_but_written_to_never(api, mailbox, site):
    site(RESEND_GAP=0)
    start_email(api)
    confirm(api, mailbox[0])
    Customer.objects.update(is_blocked=True)
    mailbox.clear()
    guid = start_email(api)
    assert error_code(ping(api, guid)) == 1139
    assert not mailbox
    site(REVEAL_UNKNOWN_ACCOUNTS=True)
    body = {"email": "alice@example.com", "clientguid": new_guid()}
    assert error_code(api.post("auth/onetouchlogin/email", body)) == 991


def test_without_registration_strangers_are_answered_like_customers(api, shop, mailbox, site):
    shop.registration = False
    shop.save()
    guid = start_email(api)
    assert error_code(ping(api, guid)) == 1139
    again = api.post("auth/onetouchlogin/email", {"email": "x@example.com", "clientguid": guid})
    assert error_code(again) == 1136
    assert not mailbox
    assert LoginAttempt.objects.get().is_decoy
    site(REVEAL_UNKNOWN_ACCOUNTS=True)
    body = {"email": "bob@example.com", "clientguid": new_guid()}
    assert error_code(api.post("auth/onetouchlogin/email", body)) == 1190


def test_registration_switched_off_since_the_question_registers_nobody(api, shop, mailbox):
    guid = start_email(api)
    shop.registration = False
    shop.save()
    answer = api.get("auth/email/onetouchlogin", verificationtoken=token_from(mailbox[0]))
    assert error_code(answer) == 1190
    assert not User.objects.exists()
    assert error_code(ping(api, guid)) == 1139


@pytest.mark.parametrize("where", ["start", "verify"])
def test_a_welcome_template_may_be_named_at_the_start_or_at_the_confirmation(api, mailbox, where):
    EmailTemplate.objects.put(kind="welcome", name="warm", subject="Warm welcome", text="Hello")
    guid = start_email(api, welcomeemailtemplate="warm" if where == "start" else None)
    named = {"welcomeemailtemplate": "warm"} if where == "verify" else {}
    api.get("auth/email/onetouchlogin", verificationtoken=token_from(mailbox[0]), **named)
    ping(api, guid)
    assert mailbox[1].subject == "Warm welcome"


def test_the_flow_can_be_switched_off_at_any_moment(api, shop, mailbox):
    guid = start_email(api)
    shop.one_touch_login = False
    shop.save()
    body = {"email": "alice@example.com", "clientguid": new_guid()}
    assert error_code(api.post("auth/onetouchlogin/email", body)) == 1146
    assert error_code(api.get("auth/email/onetouchlogin", verificationtoken=token_from(mailbox[0]))) == 1146
    assert error_code(ping(api, guid)) == 1146


def test_the_mail_says_who_asked_and_comes_from_the_site(api, mailbox, site):
    site(FROM_EMAIL="login@shop.example")
    body = {"email": "alice@example.com", "clientguid": new_guid()}
    agent = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
    api.post("auth/onetouchlogin/email", body, headers={"User-Agent": agent})
    mail = mailbox[0]
    assert "Firefox on Linux, 127.0.0.1" in mail.body
    assert mail.from_email == '"Example Shop" <login@shop.example>'
    assert mail.to == ["alice@example.com"]
    assert mail.extra_headers["Auto-Submitted"] == "auto-generated"
