"""What somebody tried, and must never be able to do again."""

import threading
import time
from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client

from loginradius_passwordless import errors
from loginradius_passwordless.accounts import Known
from loginradius_passwordless.api import parameters
from loginradius_passwordless.backends import BaseSMSBackend, Receipt
from loginradius_passwordless.catalog import MessageKind
from loginradius_passwordless.flows import account
from loginradius_passwordless.flows.steps import Caller, Start, Visitor
from loginradius_passwordless.identifiers import parse_email
from loginradius_passwordless.messages import deliver_due
from loginradius_passwordless.models import AccessToken, GuessBudget, LoginAttempt, Message, SendBudget
from loginradius_passwordless.models.access_token import AccessTokenQuerySet
from loginradius_passwordless.models.application import validate_return_urls
from loginradius_passwordless.retention import purge

from .conftest import API_Client, code_from, error_code, fields_of, link_from, new_guid, ping, start_email, start_phone

pytestmark = pytest.mark.django_db(transaction=True)
PHONE = "+14155550123"
VERIFY = "auth/onetouchlogin/phone/verify"
PAGE = "/signin/link/"
START = "auth/onetouchlogin/email"


def body(**more):
    return {"email": "alice@example.com", "clientguid": new_guid(), **more}


# The landing page


@pytest.fixture
def two_links(api, mailbox, site):
    """Her own request and that of somebody who hopes that she mixes them up."""
    site(RESEND_GAP=0)
    hers, his = start_email(api), start_email(api)
    return (hers, link_from(mailbox[0])), (his, link_from(mailbox[1]))


def test_its_me_is_said_about_the_link_on_the_page_and_not_about_one_opened_since(api, person, two_links):
    (hers, her_link), (his, his_link) = two_links
    her_form = fields_of(person.get(her_link, follow=True))
    person.get(his_link, follow=True)  # in another tab
    answer = person.post(PAGE, {**her_form, "decision": "approve"})
    assert b"Was it you" in answer.content
    assert {error_code(ping(api, guid)) for guid in (hers, his)} == {1139}


def test_a_link_that_is_fetched_in_advance_replaces_no_link_that_was_opened(api, person, two_links):
    (hers, her_link), (his, his_link) = two_links
    her_form = fields_of(person.get(her_link, follow=True))
    for header in ("Sec-Purpose", "Purpose", "X-Purpose", "X-Moz"):
        person.get(his_link, headers={header: "prefetch"}, follow=True)
    person.post(PAGE, {**her_form, "decision": "approve"})
    assert ping(api, hers).status_code == 200
    assert error_code(ping(api, his)) == 1139


@pytest.mark.parametrize("about", ["", "x", "ü", "0" * 64])
def test_a_form_about_nothing_that_was_asked_decides_nothing(api, person, two_links, about):
    (hers, her_link), _his = two_links
    form = fields_of(person.get(her_link, follow=True))
    person.post(PAGE, {**form, "about": about, "decision": "approve"})
    assert error_code(ping(api, hers)) == 1139


@pytest.mark.parametrize("token", ["€", "\ud800".encode("utf-8", "surrogatepass"), "a\r\nSet-Cookie: x=1", "x" * 4000])
def test_a_token_that_fits_in_no_header_is_unknown(person, token):
    assert person.get(PAGE, {"vtoken": token}).status_code == 403


@pytest.mark.parametrize(
    "url",
    ["https://a;script-src", "https://a,default-src", "https://*/", "https://аpple.com/", "https://a.example/ü", "https://A.example/",
     "https://a.example /", "https://", "https://.", "https://a.example:/", "http://a.example/", "javascript:alert(1)"],
)  # fmt: skip
def test_a_return_address_cannot_open_the_content_security_policy(url):
    with pytest.raises(ValidationError):
        validate_return_urls([url])


# The browsers of other people


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://testserver.evil.example"])
@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded"])
def test_a_page_of_another_site_makes_nobodys_browser_send_a_message(shop, mailbox, sms_outbox, origin, content_type):
    browser = API_Client(shop.api_key, Origin=origin, Sec_Fetch_Site="cross-site")
    assert error_code(browser.post(START, body())) == 909
    assert error_code(browser.post("auth/onetouchlogin/phone", {"phone": PHONE})) == 909
    assert error_code(browser.put(VERIFY, {"phone": PHONE}, otp="123456")) == 909
    assert not mailbox
    assert not sms_outbox


@pytest.mark.parametrize("headers", [{}, {"Origin": "http://testserver"}, {"Origin": "https://tv.shop.example"},
                                     {"Origin": "http://else.example", "Sec-Fetch-Site": "same-origin"}])  # fmt: skip
def test_apps_and_pages_that_may_call_still_can(shop, mailbox, headers):
    assert API_Client(shop.api_key, **headers).post(START, body()).status_code == 200


@pytest.mark.parametrize(
    "headers", [{"Accept": "text/html,application/xhtml+xml"}, {"Sec-Fetch-Mode": "no-cors"}, {"X-Purpose": "preview"}]
)
def test_an_old_browser_that_opens_an_api_address_is_a_browser_too(api, mailbox, headers):
    guid = start_email(api)
    token = link_from(mailbox[0]).partition("vtoken=")[2]
    assert api.get("auth/email/onetouchlogin", verificationtoken=token, headers=headers).status_code == 303
    assert error_code(ping(api, guid)) == 1139
    java = {"Accept": "text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2"}
    assert api.get("auth/email/onetouchlogin", verificationtoken=token, headers=java).status_code == 200


def test_the_prefix_that_a_request_claims_comes_into_no_mail(shop, mailbox):
    client = Client(SCRIPT_NAME="/evil")
    answer = client.post(f"/identity/v2/{START}?apikey={shop.api_key}", body(), "application/json")
    assert answer.status_code == 200
    assert link_from(mailbox[0]).startswith("http://testserver/signin/link/?")


def test_a_site_below_a_path_says_so_in_its_public_url(api, mailbox, site):
    site(PUBLIC_URL="https://www.example.com/login/")
    start_email(api)
    assert link_from(mailbox[0]).startswith("https://www.example.com/login/signin/link/?")


# Names


@pytest.mark.parametrize(
    "name", ["evil.com, now", "evil.com!", "(evil.com)", "evil.com.", "evil.рф", "evil.xn--p1ai", "evil。com", "evil․com", "a@b", "http:x"]
)  # fmt: skip
def test_a_name_with_an_address_in_it_is_left_out(api, mailbox, name):
    api.post(START, body(name=name))
    assert LoginAttempt.objects.get().name == ""


@pytest.mark.parametrize("name", ["Dr. Alice B. de Vries-O’Hara", "J.R. Tolkien", "王秀英", "José", "Anne-Marie d'Arc"])
def test_a_name_of_a_person_is_kept(api, mailbox, name):
    api.post(START, body(name=name))
    assert LoginAttempt.objects.get().name == name


# Parsing


def test_names_are_compared_in_a_time_that_grows_with_their_number_only():
    pairs = [(f"name{number}", 1) for number in range(50_000)]
    began = time.perf_counter()
    parameters._refuse_repeated(pairs)
    assert time.perf_counter() - began < 5, "comparing each with each would take minutes"
    with pytest.raises(errors.InvalidParameter):
        parameters._refuse_repeated([*pairs, ("NAME-7", 2)])


def test_a_body_without_a_length_is_measured_too(api):
    environment = {"CONTENT_LENGTH": "", "wsgi.input_terminated": True}
    answer = api.client.generic(
        "POST", f"/identity/v2/{START}?apikey={api.api_key}", b'{"a": "' + b"x" * 10**5 + b'"}', **environment
    )
    assert error_code(answer) in {965, 1032}


def test_a_repeated_name_that_cannot_be_printed_is_refused_all_the_same(api):
    assert error_code(api.post(START, rb'{"\ud800": 1, "\ud800": 2}')) == 908
    assert error_code(api.post(START, rb'{"\u0000": 1, "\u0000": 2}')) == 908


def test_template_names_fit_into_the_database_or_are_refused(api, mailbox):
    assert error_code(api.post(START, body(), welcomeemailtemplate="x" * 81)) == 908
    assert api.post(START, body(), welcomeemailtemplate="x" * 80).status_code == 200


@pytest.mark.parametrize("address", ["fe80::1%eth0", "fe80::1%" + "x" * 60, "unix:", "", "999.1.1.1"])
def test_an_address_of_any_kind_is_no_fault(shop, mailbox, address):
    client = Client(REMOTE_ADDR=address)
    assert client.post(f"/identity/v2/{START}?apikey={shop.api_key}", body(), "application/json").status_code == 200


@pytest.mark.parametrize(
    "phone", ["+447012345678", "+881612345678", "+870773123456", "+878101234567890", "+883510012345678"]
)
def test_numbers_that_cost_whoever_calls_them_are_refused(api, sms_outbox, voice_outbox, phone):
    for voice in ("0", "1"):
        assert error_code(api.post("auth/onetouchlogin/phone", {"phone": phone}, isvoiceotp=voice)) == 1096
    assert not sms_outbox
    assert not voice_outbox


# Budgets


def test_nobody_locks_a_number_that_never_asked_for_a_code(api, sms_outbox, site):
    site(FAILURES_PER_MINUTE_PER_ADDRESS=99)
    assert {error_code(api.put(VERIFY, {"phone": PHONE}, otp=f"{guess:06}")) for guess in range(15)} == {1067}
    assert not GuessBudget.objects.exists()
    start_phone(api)
    assert api.put(VERIFY, {"phone": PHONE}, otp=code_from(sms_outbox[0])).status_code == 200


def test_dead_codes_cost_guesses_while_they_are_remembered_and_are_forgotten_after(api, sms_outbox, later):
    start_phone(api)
    code = code_from(sms_outbox[0])
    later(minutes=30)
    assert error_code(api.put(VERIFY, {"phone": PHONE}, otp=code)) == 1069
    assert GuessBudget.objects.get().failures == 1
    later(minutes=31)
    assert error_code(api.put(VERIFY, {"phone": PHONE}, otp=code)) == 1067
    assert GuessBudget.objects.get().failures == 1


def test_the_longest_window_that_staff_can_set_outlives_the_purge(api, mailbox, later):
    start_email(api)
    later(days=7)
    list(purge())
    assert SendBudget.objects.exists()


# The outbox


def test_a_slow_provider_makes_two_senders_send_nothing_twice_and_nothing_late(api, site, monkeypatch):
    monkeypatch.setattr("loginradius_passwordless.models.message.LEASE", timedelta(seconds=2))
    site(SENDING="worker", SMS_PROVIDERS={"slow": {"BACKEND": "tests.test_attacks.SlowBackend"}}, CODE_LIFETIME=600)
    SlowBackend.sent.clear()
    for number in range(16):
        start_phone(api, f"+1415555{1000 + number}")

    def send():
        try:
            deliver_due()
        finally:
            connection.close()

    threads = [threading.Thread(target=send) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(SlowBackend.sent) == len(set(SlowBackend.sent)) == 16
    assert set(Message.objects.values_list("tries", flat=True)) == {1}


class SlowBackend(BaseSMSBackend):
    """Each message takes a good part of the lease."""

    sent: list[str] = []

    def send(self, sms):
        time.sleep(0.3)
        self.sent.append(sms.to)
        return Receipt(sms.reference)


# Tokens


def test_a_session_does_not_outlive_its_end_by_a_refresh_that_was_under_way(api, shop, sms_outbox, monkeypatch):
    start_phone(api)
    stolen = api.put(VERIFY, {"phone": PHONE}, otp=code_from(sms_outbox[0])).json()["refresh_token"]
    caller = Caller(shop, Visitor())
    next_one = account.refresh(caller, refresh_token=stolen).refresh_token
    under_way, issue = threading.Event(), AccessTokenQuerySet.issue
    got = {}

    def slow(self, *arguments, **options):
        under_way.set()
        time.sleep(0.5)
        return issue(self, *arguments, **options)

    monkeypatch.setattr(
        AccessToken.objects.__class__, "issue", lambda self, *a, **o: slow(self.get_queryset(), *a, **o)
    )

    def thief():
        try:
            got["tokens"] = account.refresh(caller, refresh_token=next_one)
        finally:
            connection.close()

    thread = threading.Thread(target=thief)
    thread.start()
    under_way.wait(5)
    with pytest.raises(errors.UnknownRefreshToken):
        account.refresh(caller, refresh_token=stolen)  # a used one: somebody has copied it
    thread.join()
    assert not AccessToken.objects.live().exists()
    if "tokens" in got:
        with pytest.raises(errors.UnknownRefreshToken):
            account.refresh(caller, refresh_token=got["tokens"].refresh_token)


# Staff


def test_staff_who_may_only_look_cannot_guess_a_masked_address_letter_by_letter(
    api, mailbox, client, django_user_model
):
    start_email(api)
    staff = django_user_model.objects.create_user("looker", is_staff=True)
    staff.user_permissions.add(Permission.objects.get(codename="view_loginattempt"))
    client.force_login(staff)
    address = "/admin/loginradius_passwordless/loginattempt/"
    assert client.get(address, {"flow__exact": "one_touch", "channel": "email"}).status_code == 200
    for lookup in (
        "recipient__startswith",
        "identity__startswith",
        "client_guid_digest__startswith",
        "customer__user__password__startswith",
    ):
        assert client.get(address, {lookup: "a"}).status_code in {302, 400}


def test_what_a_start_holds_of_a_secret_is_not_in_its_repr():
    alice = parse_email("alice@example.com")
    start = Start(
        identity=alice, known=Known(alice, None, None), channel="email",
        kind=MessageKind.ONE_TOUCH_LOGIN, client_guid="the-guid-of-a-device",
    )  # fmt: skip
    assert "the-guid" not in repr(start)
