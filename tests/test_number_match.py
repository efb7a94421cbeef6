"""Number match: the device shows a number, the page offers three, and only who sees the device knows which."""

import re
from collections import Counter

import pytest
from django.test import Client

from loginradius_passwordless.models import Application, Event, LoginAttempt, NumberMatch

from .conftest import (
    error_code,
    fields_of,
    link_from,
    new_guid,
    ping,
    token_from,
)

pytestmark = pytest.mark.django_db(transaction=True)
VERIFY = "auth/email/smartlogin"
PAGE = "/signin/link/"
ROOMY = {"RESEND_GAP": 0, "SENDS_PER_TEN_MINUTES": 999, "SENDS_PER_DAY": 999, "STARTS_PER_HOUR_PER_ADDRESS": 9999}
TV, SAME_HOUSE, OTHER_HOUSE = "198.51.100.7", "198.51.100.9", "203.0.113.5"
IPV6, SAME_IPV6, OTHER_IPV6 = "2001:db8:1:2::7", "2001:db8:1:99::1", "2001:db8:2::1"


@pytest.fixture
def start(api, alice):
    """Start a smart login that asks for a number; returns the GUID and the number."""

    def begin(**query):
        guid = new_guid()
        answer = api.get("auth/login/smartlogin", email="alice@example.com", clientguid=guid, **query)
        return guid, answer.json().get("MatchNumber")

    return begin


@pytest.fixture
def page(person, mailbox):
    """The landing page of the newest mail."""
    return lambda: person.get(link_from(mailbox[-1]), follow=True)


def numbers_on(page):
    return [int(number) for number in re.findall(r'type="radio" name="number" value="(\d+)"', page.content.decode())]


def decide(person, page, decision="approve", **chosen):
    return person.post(PAGE, {**fields_of(page), "decision": decision, **chosen})


def test_who_picks_the_number_that_the_tv_shows_lets_it_in(api, person, start, page):
    guid, number = start(matchnumber="true")
    opened = page()
    assert number in numbers_on(opened)
    assert len(set(numbers_on(opened))) == 3
    assert b"Which number does the device show?" in opened.content
    assert b"is signed in" in decide(person, opened, number=number).content
    assert ping(api, guid).status_code == 200


def test_a_wrong_number_ends_the_attempt(api, person, start, page, mailbox):
    guid, number = start(matchnumber="true")
    opened = page()
    wrong = next(other for other in numbers_on(opened) if other != number)
    assert b"That was not the number" in decide(person, opened, number=wrong).content
    assert error_code(ping(api, guid)) == 1143
    assert Event.objects.filter(name="wrong_number").count() == 1
    assert error_code(api.get(VERIFY, vtoken=token_from(mailbox[-1]), matchnumber=number)) == 1143


def test_a_number_that_was_not_on_the_page_ends_it_as_well(api, person, start, page):
    guid, _number = start(matchnumber="true")
    opened = page()
    unseen = next(other for other in range(10, 100) if other not in numbers_on(opened))
    decide(person, opened, number=unseen)
    assert error_code(ping(api, guid)) == 1143


@pytest.mark.parametrize("chosen", [{}, {"number": ""}, {"number": "x"}, {"number": "-1"}, {"number": "１２"}])
def test_without_a_number_the_page_asks_again_and_nothing_has_happened(api, person, start, page, chosen):
    guid, number = start(matchnumber="true")
    opened = page()
    asked_again = decide(person, opened, **chosen)
    assert b"Pick a number first" in asked_again.content
    assert numbers_on(asked_again) == numbers_on(opened)
    assert error_code(ping(api, guid)) == 1139
    decide(person, asked_again, number=number)
    assert ping(api, guid).status_code == 200


def test_not_me_needs_no_number(api, person, start, page):
    guid, _number = start(matchnumber="true")
    assert b"Nobody was signed in" in decide(person, page(), "deny").content
    assert error_code(ping(api, guid)) == 1143


def test_the_same_three_are_offered_however_often_the_page_is_opened(start, page):
    start(matchnumber="true")
    assert len({tuple(numbers_on(page())) for _ in range(5)}) == 1


def test_after_a_wrong_number_the_other_requests_can_be_ended(api, person, start, page, site):
    site(**ROOMY)
    other, _number = start()
    _guid, number = start(matchnumber="true")
    opened = page()
    wrong = decide(person, opened, number=next(n for n in numbers_on(opened) if n != number))
    assert b"Refuse the other request as well" in wrong.content
    decide(person, wrong, "deny_others")
    assert error_code(ping(api, other)) == 1143


def test_the_api_needs_the_number_too(api, start, mailbox):
    guid, number = start(matchnumber="true")
    token = token_from(mailbox[-1])
    assert error_code(api.get(VERIFY, vtoken=token)) == 908
    assert error_code(api.get(VERIFY, vtoken=token, matchnumber="abc")) == 908
    assert error_code(ping(api, guid)) == 1139
    assert api.get(VERIFY, vtoken=token, matchnumber=number).status_code == 200
    assert ping(api, guid).status_code == 200


def test_a_wrong_number_at_the_api_ends_the_attempt(api, start, mailbox):
    guid, number = start(matchnumber="true")
    token = token_from(mailbox[-1])
    assert error_code(api.get(VERIFY, vtoken=token, matchnumber=number % 90 + 10)) == 1143
    assert error_code(api.get(VERIFY, vtoken=token, matchnumber=number)) == 1143
    assert error_code(ping(api, guid)) == 1143


def test_no_number_is_given_out_unless_somebody_wants_one(start, page):
    _guid, number = start()
    assert number is None
    assert numbers_on(page()) == []


def test_a_one_touch_login_may_ask_for_a_number(api, person, page):
    guid = new_guid()
    body = {"email": "new@example.com", "clientguid": guid, "matchnumber": True}
    number = api.post("auth/onetouchlogin/email", body).json()["MatchNumber"]
    decide(person, page(), number=number)
    assert ping(api, guid).status_code == 200


def test_an_application_may_always_want_one(api, shop, person, start, page, alice):
    Application.objects.update(number_match=NumberMatch.ALWAYS)
    _guid, number = start()
    assert number in numbers_on(page())


def test_strangers_are_shown_a_number_like_customers(api, shop, alice):
    query = {"clientguid": new_guid(), "matchnumber": "true"}
    answer = api.get("auth/login/smartlogin", email="nobody@example.com", **query).json()
    assert set(answer) == {"IsPosted", "MatchNumber"}
    assert answer["MatchNumber"] in range(10, 100)


def test_neither_the_mail_nor_the_page_nor_the_table_tells_which_is_right(start, page, mailbox, site):
    site(**ROOMY)
    mails, radios = set(), set()
    for _ in range(20):
        _guid, number = start(matchnumber="true")
        mail = mailbox[-1]
        mails.add(re.sub(r"vtoken=[\w-]+", "", mail.body + mail.alternatives[0][0] + mail.subject))
        offered = re.findall(r"<label>.*?</label>", page().content.decode())
        radios |= {re.sub(r'value="\d+"|<span>\d+</span>', "", radio) for radio in offered}
        row = LoginAttempt.objects.filter(pk=LoginAttempt.objects.latest("pk").pk).values().get()
        assert number not in [value for name, value in row.items() if "id" not in name]
        assert b"[" not in bytes(row["sealed_match"])  # JSON, were it in clear
    assert len(mails) == 1
    assert len(radios) == 1


def test_the_right_one_stands_in_every_place_alike(start, page, site):
    site(**ROOMY, MAX_LIVE_ATTEMPTS=3)
    places = Counter()
    for _ in range(90):
        _guid, number = start(matchnumber="true")
        places[LoginAttempt.objects.latest("pk").match.choices.index(number)] += 1
    assert len(places) == 3
    assert min(places.values()) > 12  # 30 expected, standard deviation 4.5


@pytest.mark.parametrize(
    ("asked", "opened", "is_wanted"),
    [
        (TV, TV, False),
        (TV, SAME_HOUSE, False),
        (TV, OTHER_HOUSE, True),
        (IPV6, SAME_IPV6, False),
        (IPV6, OTHER_IPV6, True),
        (TV, IPV6, True),
        (TV, f"::ffff:{SAME_HOUSE}", False),
    ],
)
def test_an_application_may_want_a_number_where_the_link_is_opened_elsewhere(
    api_of, shop, alice, mailbox, asked, opened, is_wanted
):
    Application.objects.update(number_match=NumberMatch.ELSEWHERE)
    api = api_of(shop)
    api.client.defaults["REMOTE_ADDR"] = asked
    guid = new_guid()
    number = api.get("auth/login/smartlogin", email="alice@example.com", clientguid=guid).json()["MatchNumber"]
    person = Client(REMOTE_ADDR=opened, enforce_csrf_checks=True)
    page = person.get(link_from(mailbox[0]), follow=True)
    assert bool(numbers_on(page)) is is_wanted
    if is_wanted:
        assert error_code(api_at(api_of, shop, opened).get(VERIFY, vtoken=token_from(mailbox[0]))) == 908
    decide(person, page, **({"number": number} if is_wanted else {}))
    assert ping(api, guid).status_code == 200


def api_at(api_of, shop, address):
    api = api_of(shop)
    api.client.defaults["REMOTE_ADDR"] = address
    return api


def opened_from(api_of, shop, mailbox, address, **headers):
    api_at(api_of, shop, TV).get("auth/login/smartlogin", email="alice@example.com", clientguid=new_guid())
    return Client(REMOTE_ADDR=address, headers=headers).get(link_from(mailbox[-1]), follow=True).content.decode()


def test_the_page_says_where_and_when_it_was_asked(api_of, shop, alice, mailbox, geoip):
    page = opened_from(api_of, shop, mailbox, "192.0.2.9")
    assert "Cologne, Germany" in page
    assert TV in page
    assert " JST</bdi>" in page  # the reader is in Tokyo
    assert "It was asked in another country than the one you are in." in page


def test_the_page_says_it_in_the_readers_language(api_of, shop, alice, mailbox, geoip):
    page = opened_from(api_of, shop, mailbox, "192.0.2.9", accept_language="de")
    assert "Köln, Deutschland" in page


def test_another_network_of_the_same_country_is_no_news_where_countries_are_known(api_of, shop, alice, mailbox, geoip):
    page = opened_from(api_of, shop, mailbox, OTHER_HOUSE)
    assert 'class="warning"' not in page


def test_another_network_is_said_where_no_country_is_known(api_of, shop, alice, mailbox):
    page = opened_from(api_of, shop, mailbox, OTHER_HOUSE)
    assert "It was asked from another network than yours." in page


@pytest.mark.parametrize("address", ["2001:db8::1", "10.0.0.1", "8.8.8.8"])
def test_an_address_that_the_database_does_not_know_stops_nobody(api_of, shop, alice, mailbox, geoip, address):
    assert ">It's me</button>" in opened_from(api_of, shop, mailbox, address)


def test_a_database_that_is_gone_stops_nobody(api_of, shop, alice, mailbox, site):
    site(GEOIP_DATABASE="/nowhere/city.mmdb")
    assert ">It's me</button>" in opened_from(api_of, shop, mailbox, OTHER_HOUSE)
