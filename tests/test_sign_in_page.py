"""Signing in to the site itself, on the hosted pages."""

import re

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from loginradius_passwordless.hosted.remembered import Remembered
from loginradius_passwordless.models import AccessToken, Application, Customer, LoginAttempt, Session

from .conftest import code_from, customer_of, fields_of, link_from, token_from

pytestmark = pytest.mark.django_db(transaction=True)
User = get_user_model()
PAGE = "/signin/"
CODE = "/signin/code/"
WAITING = "/signin/waiting/"
PHONE = "+14155550123"
ROOMY = {"RESEND_GAP": 0, "SENDS_PER_TEN_MINUTES": 99, "SENDS_PER_DAY": 99, "STARTS_PER_HOUR_PER_ADDRESS": 999}


@pytest.fixture(autouse=True)
def _shop(shop):
    """The sign-in page signs in for the oldest application."""


def ask(person, who="alice@example.com", query=""):
    """Ask for a message as a person does: open the page, type, press."""
    page = person.get(PAGE + query)
    assert page.status_code == 200, page.content
    fields = {"who": who, **fields_of(page), **hidden(page)}
    return person.post(PAGE + query, fields, follow=True)


def hidden(page):
    return dict(re.findall(r'<input type="hidden" name="(apikey|target)" value="([^"]*)">', page.content.decode()))


def enter(person, code, **more):
    return person.post(CODE, {**fields_of(person.get(CODE)), "code": code, **more})


def press(person, do):
    return person.post(CODE, {**fields_of(person.get(CODE)), "do": do})


def user_of(person):
    return person.get("/account/").context["user"] if person.get("/account/").status_code == 200 else None


@pytest.mark.parametrize("who", ["alice@example.com", "ALICE@EXAMPLE.COM ", "alice"])
def test_who_has_an_account_types_an_address_or_a_name_and_then_the_code(person, mailbox, alice, who):
    page = ask(person, who, "?next=/tv/")
    assert page.redirect_chain == [(CODE, 302)]
    answer = enter(person, code_from(mailbox[0]))
    assert (answer.status_code, answer["Location"]) == (303, "/tv/")
    assert user_of(person) == alice.user


@pytest.mark.parametrize("who", [PHONE, "0014155550123", "+1 (415) 555-0123"])
def test_who_has_a_phone_types_its_number_and_then_the_code(person, sms_outbox, phone_customer, who):
    ask(person, who)
    assert enter(person, code_from(sms_outbox[0]))["Location"] == "/account/"
    assert user_of(person) == phone_customer.user


@pytest.mark.parametrize("spelling", ["{0} {1}", " {0}-{1} ", "{0}\u00a0{1}", "{0} - {1}"])
def test_blanks_and_dashes_in_a_code_are_forgiven(person, mailbox, alice, spelling):
    ask(person)
    code = code_from(mailbox[0])
    assert enter(person, spelling.format(code[:3], code[3:])).status_code == 303


def test_full_width_digits_of_a_japanese_keyboard_are_forgiven(person, mailbox, alice):
    ask(person)
    assert enter(person, "".join(chr(ord(digit) + 0xFEE0) for digit in code_from(mailbox[0]))).status_code == 303


def test_a_site_needs_only_its_login_url(person, mailbox, alice):
    page = person.get("/account/")
    assert page["Location"] == "/signin/?next=/account/"
    ask(person, query="?next=/account/")
    assert enter(person, code_from(mailbox[0]))["Location"] == "/account/"


# Wrong, expired, used: what the page says, and what helps on


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("000000", "This code is not right"),
        ("12", "This code is not right"),
        ("", "This code is not right"),
        ("💥" * 9, "not right"),
    ],
)
def test_a_wrong_code_is_said_to_be_wrong_and_may_be_typed_again(person, mailbox, alice, typed, words):
    ask(person)
    answer = enter(person, typed if code_from(mailbox[0]) != typed else "111111")
    assert answer.status_code == 403
    assert words in answer.content.decode()
    assert enter(person, code_from(mailbox[0])).status_code == 303


def test_an_expired_code_says_so_and_another_one_works(person, mailbox, alice, later):
    ask(person)
    later(minutes=6)
    assert b"This code has expired" in enter(person, code_from(mailbox[0])).content
    assert press(person, "again")["Location"] == CODE
    assert enter(person, code_from(mailbox[1])).status_code == 303


def test_a_used_link_says_so(person, mailbox, alice):
    ask(person)
    enter(person, code_from(mailbox[0]))
    assert (
        b"A link works once, and so does the code beside it" in Client().get(link_from(mailbox[0]), follow=True).content
    )


def test_asking_again_too_soon_says_that_a_message_is_on_its_way(person, mailbox, alice):
    ask(person)
    answer = press(person, "again")
    assert answer.status_code == 403
    assert b"already on its way" in answer.content
    assert enter(person, code_from(mailbox[0])).status_code == 303


def test_a_phone_may_be_called_instead(person, sms_outbox, voice_outbox, phone_customer, site):
    site(**ROOMY)
    assert b"Call me instead" in ask(person, PHONE).content
    press(person, "call")
    assert enter(person, code_from(voice_outbox[0])).status_code == 303


def test_nobody_is_called_where_the_site_makes_no_calls_or_where_mail_was_asked_for(
    person, sms_outbox, phone_customer, alice, site
):
    site(VOICE_PROVIDERS={})
    assert b"Call me" not in ask(person, PHONE).content
    site(VOICE_PROVIDERS={"memory": {"BACKEND": "loginradius_passwordless.backends.voice.locmem.VoiceBackend"}})
    assert b"Call me" not in ask(person).content


@pytest.mark.parametrize(
    "who", ["", " ", "alice@", "a@x.com,b@y.com", "+1", "+19005550123", "x" * 300, "a\u202eb", "\x00"]
)
def test_what_is_nobody_is_said_on_the_page_and_kept_in_the_field(person, mailbox, who):
    answer = ask(person, who)
    assert answer.status_code in {400, 403}
    assert b'role="alert"' in answer.content
    assert not mailbox


def test_a_stranger_sees_what_a_customer_sees(person, mailbox, alice):
    pages = []
    for who in ("alice@example.com", "nobo@example.com"):
        page = ask(Client(), who).content.decode()
        pages.append(re.sub(r'value="\w{64}"|nonce="[^"]+"|<strong.*?</strong>', "", page))
    assert pages[0] == pages[1]
    assert [mail.to for mail in mailbox] == [["alice@example.com"]]


# The link


def test_in_the_browser_that_asked_the_link_signs_in_after_one_press(person, mailbox, alice):
    ask(person, query="?next=/tv/")
    page = person.get(link_from(mailbox[0]), follow=True)
    assert b"You asked for this link in this browser" in page.content
    assert b"Which number" not in page.content
    answer = person.post("/signin/link/", {**fields_of(page), "decision": "here"})
    assert (answer.status_code, answer["Location"]) == (303, "/tv/")
    assert user_of(person) == alice.user
    assert person.get(CODE)["Location"] == "/account/"  # the other tab goes on, too


def test_an_older_link_is_known_to_the_browser_that_asked_again(person, mailbox, alice, site):
    site(**ROOMY)
    ask(person)
    press(person, "again")
    assert b"in this browser" in person.get(link_from(mailbox[0]), follow=True).content
    assert b"in this browser" in person.get(link_from(mailbox[1]), follow=True).content


def test_who_begins_anew_for_the_same_person_is_known_by_the_older_link_too(person, mailbox, alice, site):
    site(**ROOMY)
    first = number_on(ask(person))
    assert number_on(ask(person)) == first
    assert b"in this browser" in person.get(link_from(mailbox[0]), follow=True).content


def test_in_another_browser_the_page_says_where_it_was_asked_and_may_sign_in_there(mailbox, alice):
    asking = Client(headers={"User-Agent": "Mozilla/5.0 (Windows NT 10.0)"}, REMOTE_ADDR="192.0.2.9")
    ask(asking, query="?next=/tv/")
    other = Client(enforce_csrf_checks=True)
    page = other.get(link_from(mailbox[0]), follow=True)
    for text in ("asked for somewhere else", "a Windows computer", "192.0.2.9", "a•••@example.com", "Sign in here"):
        assert text in page.content.decode()
    answer = other.post("/signin/link/", {**fields_of(page), "decision": "here"})
    assert answer["Location"] == "/tv/"
    assert user_of(other) == alice.user
    assert user_of(asking) is None
    assert b"This code was used before" in enter(asking, code_from(mailbox[0])).content


def approve_elsewhere(link, number):
    other = Client(enforce_csrf_checks=True)
    page = other.get(link, follow=True)
    return other.post("/signin/link/", {**fields_of(page), "decision": "approve", "number": number})


def number_on(page):
    return int(re.findall(r'class="number">(\d+)<', page.content.decode())[0])


def test_from_another_browser_the_person_lets_the_asking_one_in_with_its_number(person, mailbox, alice):
    number = number_on(ask(person, query="?next=/tv/"))
    assert person.get(WAITING).json() == {"IsConfirmed": False}
    assert b"not confirmed yet" in press(person, "confirmed").content
    assert b"The other device is signed in" in approve_elsewhere(link_from(mailbox[0]), number).content
    assert person.get(WAITING).json() == {"IsConfirmed": True}
    answer = press(person, "confirmed")
    assert (answer.status_code, answer["Location"]) == (303, "/tv/")
    assert user_of(person) == alice.user


def test_without_the_number_or_with_a_wrong_one_nobody_is_let_in(person, mailbox, alice):
    number = number_on(ask(person))
    link = link_from(mailbox[0])
    assert b"Pick a number first" in approve_elsewhere(link, "").content
    assert b"That was not the number" in approve_elsewhere(link, 10 + (number - 9) % 90).content
    assert person.get(WAITING).json() == {"IsConfirmed": False}
    assert b"This request was refused" in press(person, "confirmed").content
    assert user_of(person) is None
    assert b"can no longer be used" in enter(person, code_from(mailbox[0])).content


def test_the_number_stays_the_same_when_another_message_is_asked_for(person, mailbox, alice, site):
    site(**ROOMY)
    first = number_on(ask(person))
    press(person, "again")
    assert number_on(person.get(CODE)) == first
    approve_elsewhere(link_from(mailbox[0]), first)
    assert press(person, "confirmed").status_code == 303


def test_a_link_that_nobody_waits_for_cannot_be_approved_only_used(api, person, mailbox, alice):
    api.get("auth/login/passwordlesslogin/email", email="alice@example.com")
    page = person.get(link_from(mailbox[0]), follow=True)
    assert b"Sign in here" in page.content
    assert b"Which number" not in page.content
    assert person.post("/signin/link/", {**fields_of(page), "decision": "approve"}).status_code == 403
    page = person.get(link_from(mailbox[0]), follow=True)
    assert person.post("/signin/link/", {**fields_of(page), "decision": "here"}).status_code == 303


def test_the_link_of_a_waiting_device_signs_in_no_browser(api, person, mailbox, alice):
    from .conftest import ping, start_smart

    guid = start_smart(api)
    page = person.get(link_from(mailbox[0]), follow=True)
    assert b"Sign in here" not in page.content
    assert person.post("/signin/link/", {**fields_of(page), "decision": "here"}).status_code == 403
    assert user_of(person) is None
    assert ping(api, guid).json()["ErrorCode"] == 1139


@pytest.mark.parametrize("decision", ["here", "approve", "deny", ""])
def test_a_form_without_csrf_or_out_of_order_decides_nothing(mailbox, alice, decision):
    ask(Client())
    stranger = Client(enforce_csrf_checks=True)
    assert stranger.post("/signin/link/", {"decision": decision}).status_code in {400, 403}
    assert stranger.post(CODE, {"code": code_from(mailbox[0])}).status_code == 403
    assert LoginAttempt.objects.get().state == "requested"


# Where it ends


@pytest.mark.parametrize(
    "after",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "http:evil.example",
        "\t//evil.example",
        "https://testserver/tv/",
    ],
)
def test_no_address_of_another_site_is_gone_to(person, mailbox, alice, after):
    page = person.get(PAGE, {"next": after})
    assert hidden(page)["target"] == ""
    answer = person.post(PAGE, {**fields_of(page), "who": "alice@example.com", "target": after})
    assert b"This sign-in link is wrong" in answer.content
    assert b"This sign-in link is wrong" in person.get(PAGE, {"return_url": after}).content
    ask(person)
    assert enter(person, code_from(mailbox[0]))["Location"] == "/account/"


@pytest.mark.parametrize(
    ("delivery", "legacy", "ending"),
    [
        ("none", False, r""),
        ("fragment", False, r"#token=([\w-]{36})"),
        ("query", True, r"\?token=([\w-]{36})"),
        ("query", False, r"#token=([\w-]{36})"),
    ],
)
def test_a_return_address_of_the_application_gets_the_token_as_the_application_wants_it(
    shop, api, person, mailbox, alice, site, delivery, legacy, ending
):
    site(LEGACY_TOKEN_IN_QUERY=legacy)
    Application.objects.update(token_delivery=delivery)
    page = ask(person, query=f"?apikey={shop.api_key}&return_url=https://shop.example/welcome")
    assert "form-action 'self' https://shop.example" in page["Content-Security-Policy"]
    found = re.fullmatch(rf"https://shop\.example/welcome{ending}", enter(person, code_from(mailbox[0]))["Location"])
    assert found
    if found.groups():
        assert api.get("auth/account", headers={"Authorization": f"Bearer {found[1]}"}).json()["Uid"] == alice.uid
    assert user_of(person) == alice.user


def test_a_return_address_taken_off_the_list_meanwhile_is_not_gone_to(shop, person, mailbox, alice):
    ask(person, query="?return_url=https://shop.example/welcome")
    shop.return_urls = []
    shop.save()
    other = Client()
    page = other.get(link_from(mailbox[0]), follow=True)
    assert other.post("/signin/link/", {**fields_of(page), "decision": "here"})["Location"] == "/account/"


def test_the_page_signs_in_for_the_application_that_is_named_or_set_or_the_oldest(shop, bank, person, site):
    assert b"Example Shop" in person.get(PAGE).content
    assert b"Example Bank" in person.get(PAGE, {"apikey": bank.api_key}).content
    site(SIGN_IN_APPLICATION=bank.api_key)
    assert b"Example Bank" in person.get(PAGE).content
    assert b"This sign-in link is wrong" in person.get(PAGE, {"apikey": "unknown-key"}).content


def test_a_site_without_an_application_says_so_in_its_log(shop, person, caplog):
    shop.delete()
    person.raise_request_exception = False
    assert person.get(PAGE).status_code == 500
    assert "manage.py create_application" in caplog.text


def test_a_site_whose_setting_names_no_application_says_so_in_its_log(shop, person, caplog, site):
    site(SIGN_IN_APPLICATION="no-such-key")
    person.raise_request_exception = False
    assert person.get(PAGE).status_code == 500
    assert "SIGN_IN_APPLICATION" in caplog.text


def test_without_having_asked_there_is_no_code_to_enter(person):
    assert person.get(CODE)["Location"] == PAGE
    assert person.post(CODE, {"csrfmiddlewaretoken": "x"}).status_code == 403
    assert Client().post(CODE, {"code": "123456"})["Location"] == PAGE


def test_signing_in_makes_a_new_session_key_and_another_persons_session_does_not_survive(person, mailbox, alice):
    customer_of(User.objects.create(username="bob"), "bob@example.com")
    ask(person)
    before = person.session.session_key
    enter(person, code_from(mailbox[0]))
    assert person.session.session_key != before
    session = person.session
    session["basket"] = "alice's"
    session.save()
    ask(person, "bob@example.com")
    enter(person, code_from(mailbox[-1]))
    assert user_of(person).username == "bob"
    assert "basket" not in person.session


def test_the_session_of_the_browser_ends_with_ours_and_is_stored_sealed(api, person, mailbox, alice):
    from loginradius_passwordless import sessions

    ask(person)
    enter(person, code_from(mailbox[0]))
    [session] = Session.objects.all()
    assert person.session.session_key.encode() not in bytes(session.sealed_browser_key)
    sessions.end(Session.objects.all())
    assert user_of(person) is None
    assert not AccessToken.objects.filter(revoked_at=None).exists()


def test_blocking_a_customer_in_the_admin_signs_their_browser_out(person, mailbox, alice, admin_client):
    ask(person)
    enter(person, code_from(mailbox[0]))
    assert user_of(person) == alice.user
    admin_client.post(
        "/admin/loginradius_passwordless/customer/", {"action": "block", "_selected_action": [alice.pk]}, follow=True
    )
    assert user_of(person) is None


@pytest.mark.parametrize("engine", ["cache", "cached_db", "signed_cookies"])
def test_every_session_engine_signs_in(person, mailbox, alice, settings, engine):
    settings.SESSION_ENGINE = f"django.contrib.sessions.backends.{engine}"
    ask(person)
    assert enter(person, code_from(mailbox[0])).status_code == 303
    assert user_of(person) == alice.user
    assert bool(Session.objects.get().sealed_browser_key) == (engine != "signed_cookies")


def test_the_user_is_loaded_by_the_first_backend_that_loads_users(person, mailbox, alice, settings):
    settings.AUTHENTICATION_BACKENDS = [
        "django.contrib.auth.backends.RemoteUserBackend",
        "django.contrib.auth.backends.ModelBackend",
    ]
    ask(person)
    enter(person, code_from(mailbox[0]))
    assert user_of(person) == alice.user


def test_no_page_shows_or_logs_a_handle_or_a_code(person, mailbox, alice, caplog):
    pages = [ask(person), person.get(CODE), enter(person, "000000"), person.get(WAITING)]
    text = "".join(page.content.decode() for page in pages) + caplog.text
    handles = Remembered(**person.session["loginradius_sign_in"])
    for secret in (
        *handles.seeds,
        *handles.client_guids,
        code_from(mailbox[0]),
        token_from(mailbox[0]),
    ):
        assert secret not in text


def test_staff_get_in_by_mail_only_where_the_site_verified_their_address(person, mailbox, site):
    site(**ROOMY)
    User.objects.create_superuser("root", "root@example.com", "secret")
    ask(person, "root@example.com")
    assert not mailbox
    site(SITE_EMAILS_ARE_VERIFIED=True)
    ask(person, "root@example.com")
    assert enter(person, code_from(mailbox[0])).status_code == 303
    assert user_of(person) == Customer.objects.get().user
