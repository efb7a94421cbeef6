"""Many at once: the database lets one win. Two hundred threads, fifty on SQLite, whose writers stand in line."""

import threading
from collections import Counter
from functools import partial

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from loginradius_passwordless import sessions
from loginradius_passwordless.backends.captcha import locmem as captcha_locmem
from loginradius_passwordless.models import (
    AccessToken,
    Customer,
    EmailTemplate,
    LoginAttempt,
    Message,
    Session,
    SMSTemplate,
    VerificationToken,
)

from .conftest import code_from, error_code, new_guid, ping, start_email, start_phone, token_from

pytestmark = pytest.mark.django_db(transaction=True)
User = get_user_model()
PHONE = "+14155550123"
VERIFY = "auth/onetouchlogin/phone/verify"
PASSWORDLESS = "auth/login/passwordlesslogin/email"
ROOMY = {
    "RESEND_GAP": 0, "SENDS_PER_TEN_MINUTES": 10**6, "SENDS_PER_DAY": 10**6, "STARTS_PER_HOUR_PER_ADDRESS": 10**6,
    "FAILURES_PER_MINUTE_PER_ADDRESS": 10**6, "PINGS_PER_MINUTE": 10**6,
}  # fmt: skip


@pytest.fixture(autouse=True)
def _room_for_everybody(shop, site):
    site(**ROOMY)
    if connection.vendor == "mysql":
        with connection.cursor() as cursor:
            cursor.execute("SET GLOBAL max_connections = 1000")


def at_once(*actions):
    """Run every action in a thread of its own, let go together; return the answers in no order."""
    barrier = threading.Barrier(len(actions))
    answers, problems = [], []

    def run(action):
        try:
            barrier.wait(timeout=60)
            answers.append(action())
        except Exception as error:  # noqa: BLE001 - reported below, with what it was
            problems.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(action,)) for action in actions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    assert not problems, problems[:3]
    assert len(answers) == len(actions)
    return answers


def crowd():
    return 50 if connection.vendor == "sqlite" else 200


def outcomes(answers):
    return Counter(200 if answer.status_code == 200 else error_code(answer) for answer in answers)


def test_one_code_entered_by_a_crowd_signs_in_one(api, sms_outbox, site):
    site(ATTEMPT_TRIES=10**4, IDENTITY_FAILURES=10**6)
    start_phone(api)
    code = code_from(sms_outbox[0])
    seen = outcomes(at_once(*[lambda: api.put(VERIFY, {"phone": PHONE}, otp=code)] * crowd()))
    assert seen[200] == 1
    assert set(seen) <= {200, 1068}
    assert AccessToken.objects.count() == 1
    assert User.objects.count() == 1


def test_one_code_entered_by_a_crowd_with_the_usual_limits_signs_in_one(api, sms_outbox):
    start_phone(api)
    code = code_from(sms_outbox[0])
    seen = outcomes(at_once(*[lambda: api.put(VERIFY, {"phone": PHONE}, otp=code)] * crowd()))
    assert seen[200] == 1
    assert set(seen) <= {200, 1068, 1070, 1198}
    assert AccessToken.objects.count() == 1


def test_a_crowd_of_wrong_codes_buys_five_looks(api, sms_outbox, monkeypatch):
    start_phone(api)
    code = code_from(sms_outbox[0])
    looks = []
    matches = VerificationToken.matches

    def counted(token, guess):
        if token.attempt.state == "requested":
            looks.append(guess)
        return matches(token, guess)

    monkeypatch.setattr(VerificationToken, "matches", counted)
    guesses = [f"{number:06}" for number in range(crowd()) if f"{number:06}" != code]
    seen = outcomes(at_once(*[lambda guess=guess: api.put(VERIFY, {"phone": PHONE}, otp=guess) for guess in guesses]))
    assert 200 not in seen
    assert 1 <= len(looks) <= 5
    assert LoginAttempt.objects.get().tries == len(looks)


def test_one_link_confirmed_by_a_crowd_is_confirmed_once(api, mailbox):
    guid = start_email(api)
    token = token_from(mailbox[0])
    seen = outcomes(at_once(*[lambda: api.get("auth/email/onetouchlogin", verificationtoken=token)] * crowd()))
    assert seen == {200: 1, 1145: crowd() - 1}
    assert User.objects.count() == 1
    assert ping(api, guid).status_code == 200


def test_one_captcha_solution_brought_by_a_crowd_sends_one_message(api, sms_outbox, site):
    memory = "loginradius_passwordless.backends.captcha.locmem.CaptchaBackend"
    site(CAPTCHA_PROVIDERS={"memory": {"BACKEND": memory}})
    captcha_locmem.solved.add("solved once")
    body = {"Phone": PHONE, "g-recaptcha-response": "solved once"}
    answers = at_once(*[partial(api.post, "auth/onetouchlogin/phone", body)] * crowd())
    assert outcomes(answers) == {200: 1, 1218: crowd() - 1}
    assert Message.objects.count() == 1


def test_a_link_and_the_code_beside_it_used_by_a_crowd_sign_in_one(api, mailbox, alice, site):
    site(ATTEMPT_TRIES=10**4, IDENTITY_FAILURES=10**6)
    api.get(PASSWORDLESS, email="alice@example.com")
    token, code = token_from(mailbox[0]), {"email": "alice@example.com", "otp": code_from(mailbox[0])}
    by_link, by_code = (
        lambda: api.get(f"{PASSWORDLESS}/verify", verificationtoken=token),
        lambda: api.post(f"{PASSWORDLESS}/verifyotp", code),
    )
    seen = outcomes(at_once(*[by_link, by_code] * (crowd() // 2)))
    assert seen[200] == 1
    assert set(seen) == {200, 1062, 1186}
    assert AccessToken.objects.count() == Session.objects.count() == 1


def test_sessions_ended_by_a_crowd_end_once_each(api, mailbox, alice, site):
    for _ in range(3):
        api.get(PASSWORDLESS, email="alice@example.com")
        api.get(f"{PASSWORDLESS}/verify", verificationtoken=token_from([m for m in mailbox if "vtoken" in m.body][-1]))
    assert Session.objects.live().count() == 3
    ended = at_once(*[lambda: sessions.end(Session.objects.filter(customer=alice))] * 20)
    assert sum(ended) == 3
    assert not AccessToken.objects.live().exists()


def test_a_crowd_of_pings_gets_one_token(api, mailbox):
    guid = start_email(api)
    api.get("auth/email/onetouchlogin", verificationtoken=token_from(mailbox[0]))
    seen = outcomes(at_once(*[lambda: ping(api, guid)] * crowd()))
    assert seen == {200: 1, 1145: crowd() - 1}
    assert AccessToken.objects.count() == 1
    assert Customer.objects.get().logins == 1


def test_approve_and_deny_at_once_have_one_winner(api, mailbox):
    for _ in range(10):
        mailbox.clear()
        guid = start_email(api)
        token = token_from(mailbox[0])
        from loginradius_passwordless.errors import PasswordlessError
        from loginradius_passwordless.flows import decision
        from loginradius_passwordless.flows.steps import Visitor

        def deny(token=token):
            try:
                decision.deny(Visitor(), token)
            except PasswordlessError as error:
                return error.code
            return "denied"

        def approve(token=token):
            return api.get("auth/email/onetouchlogin", verificationtoken=token).status_code

        answers = at_once(approve, deny)
        assert (200 in answers) != ("denied" in answers)
        assert (ping(api, guid).status_code == 200) == (200 in answers)


def test_the_first_logins_of_one_new_address_make_one_user(api, mailbox, site):
    site(MAX_LIVE_ATTEMPTS=10**4)
    guids = [start_email(api) for _ in range(crowd())]
    tokens = [token_from(mail) for mail in mailbox]
    seen = outcomes(
        at_once(*[lambda token=token: api.get("auth/email/onetouchlogin", verificationtoken=token) for token in tokens])
    )
    assert seen == {200: crowd()}
    assert User.objects.count() == Customer.objects.count() == 1
    signed_in = at_once(*[lambda guid=guid: ping(api, guid) for guid in guids])
    assert len({answer.json()["access_token"] for answer in signed_in}) == crowd()
    assert Customer.objects.get().logins == crowd()
    assert Message.objects.filter(kind="welcome").count() == 1


def test_a_crowd_that_starts_for_one_address_sends_what_the_limit_allows(api, mailbox, site):
    site(SENDS_PER_TEN_MINUTES=3, SENDS_PER_DAY=10)
    body = {"email": "alice@example.com"}
    seen = outcomes(
        at_once(*[lambda: api.post("auth/onetouchlogin/email", {**body, "clientguid": new_guid()})] * crowd())
    )
    assert seen == {200: 3, 1122: crowd() - 3}
    assert len(mailbox) == 3


def test_a_crowd_with_one_guid_starts_one_login(api, mailbox):
    guid = new_guid()
    people = [f"person{number}@example.com" for number in range(crowd())]
    seen = outcomes(
        at_once(
            *[
                lambda email=email: api.post("auth/onetouchlogin/email", {"email": email, "clientguid": guid})
                for email in people
            ]
        )
    )
    assert seen == {200: 1, 1136: crowd() - 1}
    assert len(mailbox) == LoginAttempt.objects.count() == 1


def test_one_refresh_token_shown_by_a_crowd_makes_new_tokens_once(api, sms_outbox, shop_secret):
    start_phone(api)
    refresh = api.put(VERIFY, {"phone": PHONE}, otp=code_from(sms_outbox[0])).json()["refresh_token"]
    headers = {"X-LoginRadius-ApiSecret": shop_secret}
    address = "manage/account/access_token/refresh"
    seen = outcomes(at_once(*[lambda: api.get(address, refresh_token=refresh, headers=headers)] * crowd()))
    assert seen == {200: 1, 1217: crowd() - 1}


def test_a_crowd_of_senders_sends_every_message_once(api, mailbox, site):
    from loginradius_passwordless.messages import deliver_due

    site(SENDING="worker")
    for number in range(30):
        start_email(api, f"person{number}@example.com")
    assert not mailbox
    at_once(*[deliver_due] * 8)
    assert set(Message.objects.values_list("state", "error")) == {("sent", "")}
    assert sorted(mail.to[0] for mail in mailbox) == sorted(f"person{number}@example.com" for number in range(30))


# Registration by phone

SPELLINGS = [
    "+14155550123", "+1 415 555 0123", "+1 (415) 555-0123", "+1-415-555-0123", "+1.415.555.0123", " 14155550123",
    "+1 (415) 5550123", "+1/415/555/0123", "+1 415-555-0123", "+14155550123 ",
]  # fmt: skip


def test_a_crowd_that_registers_and_verifies_one_number_is_one_user(api, shop_secret, sms_outbox, site):
    """A hundred at once, in ten spellings: some register, some enter codes that others were sent."""
    site(ATTEMPT_TRIES=10**4, IDENTITY_FAILURES=10**6)
    secret = {"X-LoginRadius-ApiSecret": shop_secret}

    def register(spelling):
        body = {"PhoneId": spelling, "Password": "correct horse battery", "UserName": "alice"}
        return lambda: api.post("auth/register", body, headers=secret)

    def verify(spelling):
        def enter():
            code = code_from(sms_outbox[-1])
            return api.put("auth/phone/otp", {"phone": spelling}, otp=code)

        return enter

    assert register(PHONE)().status_code == 200
    people = 100 if connection.vendor != "sqlite" else 30
    actions = [action(SPELLINGS[number % 10]) for number in range(people // 2) for action in (register, verify)]
    seen = outcomes(at_once(*actions))
    # 1123: of two in one moment the second may have begun before the first, and so too early.
    assert set(seen) <= {200, 1017, 1067, 1068, 1070, 1123}, seen
    if not Customer.objects.exists():  # every code was superseded before anybody entered it
        register(PHONE)()
        assert verify(PHONE)().status_code == 200
    assert Customer.objects.count() == User.objects.count() == 1
    assert Customer.objects.get().identifiers.filter(proven_key__isnull=False).count() == 1


def test_two_customers_who_change_to_one_number_are_not_both_let(api, sms_outbox):
    from .conftest import customer_of

    tokens = []
    for number in range(10):
        user = User(username=f"user{number}")
        user.set_password("correct horse battery")
        user.save()
        customer_of(user, phone=f"+1415555010{number}")
        login = api.post("auth/login", {"phone": f"+1415555010{number}", "password": "correct horse battery"})
        tokens.append({"Authorization": f"Bearer {login.json()['access_token']}"})
    codes = []
    for token in tokens[:3]:  # as many codes as may live at once
        assert api.put("auth/phone", {"phone": PHONE}, headers=token).status_code == 200
        codes.append(code_from(sms_outbox[-1]))
    enter = [
        lambda token=token, code=code: api.put("auth/phone/otp", headers=token, otp=code)
        for token, code in zip(tokens[:3], codes, strict=True)
    ]
    seen = outcomes(at_once(*enter))
    assert seen[200] == 1
    assert set(seen) <= {200, 1058, 1067, 1070}
    owners = Customer.objects.filter(identifiers__canonical=PHONE, identifiers__proven_key__isnull=False)
    assert owners.count() == 1
    assert all(customer.identifiers.exists() for customer in Customer.objects.all())


def test_of_two_changes_of_one_customer_only_one_old_number_is_told(api, sms_outbox, phone_customer):
    phone_customer.user.set_password("correct horse battery")
    phone_customer.user.last_login = timezone.now()
    phone_customer.user.save()
    login = api.post("auth/login", {"phone": PHONE, "password": "correct horse battery"})
    token = {"Authorization": f"Bearer {login.json()['access_token']}"}
    new = "+14155550188"
    api.put("auth/phone", {"phone": new}, headers=token)
    api.put("auth/phone", {"phone": new}, headers=token)
    codes = [code_from(message) for message in sms_outbox]
    seen = outcomes(
        at_once(*[lambda code=code: api.put("auth/phone/otp", headers=token, otp=code) for code in codes] * 3)
    )
    assert set(seen) <= {200, 1067, 1068, 1070, 1073}, seen
    assert phone_customer.identifiers.get().canonical == new
    assert [message.to for message in sms_outbox].count(PHONE) == 1


def test_a_crowd_of_resets_with_one_code_is_one_reset(api, sms_outbox, phone_customer, site):
    site(ATTEMPT_TRIES=10**4, IDENTITY_FAILURES=10**6)
    api.post("auth/password/otp", {"phone": PHONE})
    code = code_from(sms_outbox[0])

    def reset(number):
        body = {"phone": PHONE, "otp": code, "password": f"password number {number}"}
        return lambda: api.put("auth/password/otp", body)

    seen = outcomes(at_once(*[reset(number) for number in range(crowd() // 4)]))
    assert seen[200] == 1
    assert set(seen) <= {200, 1067, 1068}
    assert len(sms_outbox) == 2  # the code, and one notice


def test_whoever_deletes_changes_resets_and_signs_in_at_once_meets_no_fault(api, sms_outbox, phone_customer):
    phone_customer.user.set_password("correct horse battery")
    phone_customer.user.last_login = timezone.now()
    phone_customer.user.save()

    def login():
        return api.post("auth/login", {"phone": PHONE, "password": "correct horse battery"})

    token = {"Authorization": f"Bearer {login().json()['access_token']}"}
    asked = [
        lambda: api.get("auth/account/otp", headers=token),
        lambda: api.post("auth/password/otp", {"phone": PHONE}),
        lambda: api.put("auth/phone", {"phone": "+14155550188"}, headers=token),
    ]
    codes = []
    for ask in asked:
        assert ask().status_code == 200
        codes.append(code_from(sms_outbox[-1]))
    new = {"phone": PHONE, "otp": codes[1], "password": "another good password"}
    seen = outcomes(
        at_once(
            lambda: api.post("auth/account/delete", {"OTP": codes[0]}, headers=token),
            lambda: api.put("auth/password/otp", new),
            lambda: api.put("auth/phone/otp", headers=token, otp=codes[2]),
            *[login] * 9,
        )
    )
    assert set(seen) <= {200, 905, 938, 966, 1066, 1067, 1068, 1070, 1073, 1292}, seen
    if User.objects.filter(pk=phone_customer.user_id).exists() and not User.objects.get().check_password(
        "correct horse battery"
    ):
        assert not Session.objects.live().filter(attempt__channel="").exists()


def staff_browser(number):
    """A browser of a superuser with a session of its own."""
    user = User.objects.create_superuser(f"staff{number}")
    client = Client()
    client.force_login(user)
    return client


def test_of_staff_who_save_one_template_at_once_one_is_first_and_the_others_keep_their_text():
    row = EmailTemplate.objects.put("welcome", subject="First", text="Hello")
    url = reverse("admin:loginradius_passwordless_emailtemplate_change", args=[row.pk])
    typed = {"is_enabled": "on", "subject": "x", "after": 1, "instead_of": 1, "_publish": "1"}
    clients = [staff_browser(number) for number in range(8)]
    answers = at_once(
        *[partial(client.post, url, {**typed, "text": f"Text {number}"}) for number, client in enumerate(clients)]
    )
    assert Counter(answer.status_code for answer in answers) == {302: 1, 200: 7}
    refused = [answer for answer in answers if answer.status_code == 200]
    assert all("while you were writing" in answer.content.decode() for answer in refused)
    row = EmailTemplate.objects.get()
    assert (row.latest, row.published, row.versions.count()) == (2, 2, 2)
    assert row.text == row.versions.get(number=2).content["text"]


def test_of_staff_who_write_the_same_new_template_at_once_one_does_and_the_others_are_told():
    url = reverse("admin:loginradius_passwordless_smstemplate_add")
    typed = {"kind": "welcome", "name": "new", "language": "en", "is_enabled": "on", "text": "Hi", "voice_repeat": 1}
    clients = [staff_browser(number) for number in range(8)]
    answers = at_once(*[partial(client.post, url, typed) for client in clients])
    assert Counter(answer.status_code for answer in answers) == {302: 1, 200: 7}
    assert SMSTemplate.objects.get().latest == 1


def test_templates_that_change_while_messages_are_written_are_each_sent_whole(api, mailbox):
    row = EmailTemplate.objects.put("one_touch_login", subject="0", text="0 #Url#?vtoken=#GUID#")

    def publish():
        for number in range(1, 6):
            EmailTemplate.objects.put("one_touch_login", subject=str(number), text=f"{number} #Url#?vtoken=#GUID#")

    starts = [partial(start_email, api, f"person{number}@example.com") for number in range(20)]
    at_once(publish, *starts)
    assert len(mailbox) == 20
    assert all(mail.body.startswith(f"{mail.subject} http") for mail in mailbox)
    assert EmailTemplate.objects.get(pk=row.pk).published == 6
