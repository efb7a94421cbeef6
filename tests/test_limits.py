"""How often: by person in the database, by address in the cache."""

from types import SimpleNamespace

import pytest
from django.test import RequestFactory

from loginradius_passwordless import budgets
from loginradius_passwordless.backends import cache as cache_port
from loginradius_passwordless.models import MessageSettings, SendBudget
from loginradius_passwordless.visitors import client_address, device_name

from .conftest import API_Client, error_code, flush_cache, link_from, new_guid, ping, press, start_email, start_phone
from .running import free_port

pytestmark = pytest.mark.django_db(transaction=True)
PHONE = "+14155550123"


@pytest.fixture(autouse=True)
def _no_window_ends_while_we_count(monkeypatch):
    """Rates are counted in minutes and hours of the clock: hold it still."""
    monkeypatch.setattr(budgets, "time", SimpleNamespace(time=lambda: 1_800_000_010.0))


def try_email(api, email="alice@example.com"):
    answer = api.post("auth/onetouchlogin/email", {"email": email, "clientguid": new_guid()})
    return 200 if answer.status_code == 200 else error_code(answer)


def try_phone(api, phone=PHONE):
    answer = api.post("auth/onetouchlogin/phone", {"phone": phone})
    return 200 if answer.status_code == 200 else error_code(answer)


def test_a_second_mail_waits_a_minute_a_third_two_and_so_on(api, mailbox, later, site):
    site(SENDS_PER_TEN_MINUTES=99)
    start_email(api)
    for minutes in (1, 2, 4, 8, 15, 15):
        later(seconds=minutes * 60 - 5)
        assert try_email(api) == 1122
        later(seconds=6)
        assert try_email(api) == 200
    assert len(mailbox) == 7


def test_a_phone_has_its_own_code_for_too_many(api, sms_outbox):
    start_phone(api)
    assert try_phone(api) == 1123
    assert try_phone(api, "+1 (415) 555-0123") == 1123
    assert len(sms_outbox) == 1


def test_three_messages_in_ten_minutes_and_ten_a_day_are_all_there_are(api, mailbox, later, site):
    site(RESEND_GAP=0)
    sent = 0
    for _ in range(6):
        for _ in range(5):
            sent += try_email(api) == 200
        later(minutes=10, seconds=1)
    assert sent == len(mailbox) == 10
    later(hours=24)
    assert try_email(api) == 200


def test_a_person_is_one_person_over_all_spellings_and_applications(api, api_of, bank, mailbox):
    start_email(api, "Alice@Example.com")
    assert try_email(api, "alice@example.com") == 1122
    assert try_email(api_of(bank), "ALICE@EXAMPLE.COM") == 1122
    assert try_email(api, "alice+tag@example.com") == 200


def test_staff_may_set_a_lower_limit_for_a_kind(api, mailbox, later, site):
    site(RESEND_GAP=0)
    MessageSettings.objects.create(kind="one_touch_login", request_limit=1, disable_period=30)
    start_email(api)
    later(minutes=29)
    assert try_email(api) == 1122
    later(minutes=1, seconds=1)
    assert try_email(api) == 200


def test_staff_may_set_the_length_and_the_life_of_codes(api, sms_outbox, later):
    MessageSettings.objects.create(kind="one_touch_login", code_length=8, code_lifetime=60)
    start_phone(api)
    code = sms_outbox[0].text[:8]
    assert code.isdigit()
    assert "for 1 min" in sms_outbox[0].text
    later(seconds=61)
    assert error_code(api.put("auth/onetouchlogin/phone/verify", {"phone": PHONE}, otp=code)) == 1069


def test_a_refused_start_counts_for_nothing(api, mailbox):
    guid = start_email(api)
    before = list(SendBudget.objects.values_list("window", "count"))
    api.post("auth/onetouchlogin/email", {"email": "alice@example.com", "clientguid": guid})
    try_email(api)
    assert list(SendBudget.objects.values_list("window", "count")) == before


def test_one_address_starts_thirty_logins_an_hour(api, mailbox):
    seen = [try_email(api, f"person{number}@example.com") for number in range(32)]
    assert seen == [200] * 30 + [429] * 2
    answer = api.post("auth/onetouchlogin/phone", {"phone": PHONE})
    assert 1 <= int(answer["Retry-After"]) <= 3600


def test_one_address_has_ten_wrong_guesses_a_minute_and_right_ones_cost_nothing(api, sms_outbox, site):
    for number in range(12):
        phone = f"+1415555{number + 1000}"
        start_phone(api, phone)
        answer = api.put("auth/onetouchlogin/phone/verify", {"phone": phone}, otp=sms_outbox[-1].text[:6])
        assert answer.status_code == 200
        sms_outbox.clear()
    codes = []
    for number in range(12):
        answer = api.put("auth/onetouchlogin/phone/verify", {"phone": f"+1415555{number + 2000}"}, otp="000000")
        codes.append(error_code(answer))
    assert codes == [1067] * 10 + [429] * 2


def test_a_patient_device_polls_a_hundred_times_and_an_impatient_one_is_slowed_down(api, mailbox):
    guid = start_email(api)
    codes = [error_code(ping(api, guid)) for _ in range(62)]
    assert codes[:60] == [1139] * 60
    assert codes[60:] == [429] * 2
    assert int(ping(api, guid)["Retry-After"]) <= 60
    other = start_email(api, "bob@example.com")
    assert error_code(ping(api, other)) == 1139


def test_whoever_tries_guids_is_slowed_down(api):
    codes = [error_code(ping(api, new_guid())) for _ in range(62)]
    assert codes == [1140] * 60 + [429] * 2


FORGED = [
    "X-Forwarded-For",
    "X-Real-IP",
    "Forwarded",
    "X-Client-IP",
    "True-Client-IP",
    "CF-Connecting-IP",
    "X-Origin-IP",
]


def test_headers_that_anybody_can_write_make_nobody_somebody_else(shop, site):
    site(STARTS_PER_HOUR_PER_ADDRESS=5)
    seen = []
    for number in range(20):
        forged = dict.fromkeys(FORGED, f"203.0.113.{number}")
        seen.append(try_email(API_Client(shop.api_key, **forged), f"person{number}@example.com"))
    assert seen.count(200) == 5


@pytest.mark.parametrize(
    ("proxies", "header", "address"),
    [
        (0, "203.0.113.5", "10.0.0.1"),
        (1, "203.0.113.5", "203.0.113.5"),
        (1, "6.6.6.6, 203.0.113.5", "203.0.113.5"),
        (2, "6.6.6.6, 203.0.113.5, 10.0.0.9", "203.0.113.5"),
        (2, "203.0.113.5", "203.0.113.5"),
        (1, "", "10.0.0.1"),
        (1, "no address", None),
        (1, "[2001:db8::1]", "2001:db8::1"),
    ],
)
def test_proxies_are_believed_as_far_as_there_are_any(site, proxies, header, address):
    site(TRUSTED_PROXY_COUNT=proxies)
    request = RequestFactory().get("/", REMOTE_ADDR="10.0.0.1", headers={"X-Forwarded-For": header})
    assert client_address(request) == address


@pytest.mark.parametrize(
    ("address", "prefix"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:aaaa::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:bbbb::9", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        (None, "unknown"),
    ],
)
def test_an_ipv6_household_is_one_client(address, prefix):
    assert budgets.address_prefix(address) == prefix


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36", "Windows"),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile/15E148 Safari/604.1",
            "iOS",
        ),
        ("Mozilla/5.0 (SMART-TV; Linux; Tizen 7.0) AppleWebKit/537.36 TV Safari/537.36", "a TV"),
        ("python-requests/2.32", "an unknown device"),
        ("", "an unknown device"),
    ],
)
def test_a_device_is_called_what_people_call_it(agent, name):
    assert name in device_name(agent)


class BrokenCache:
    """A Redis that does not answer."""

    def __getattr__(self, name):
        raise ConnectionResetError


def test_without_a_cache_logins_go_on_and_the_budgets_of_persons_hold(api, mailbox, monkeypatch, caplog):
    monkeypatch.setattr(cache_port, "cache", BrokenCache())
    guid = start_email(api)
    assert error_code(ping(api, guid)) == 1139
    assert try_email(api) == 1122
    assert "does not answer" in caplog.text


def test_a_cache_that_does_not_answer_is_left_alone_for_a_while(api, mailbox, monkeypatch, caplog):
    asked = []

    class SilentCache(BrokenCache):
        def __getattr__(self, name):
            asked.append(name)
            raise ConnectionResetError

    monkeypatch.setattr(cache_port, "cache", SilentCache())
    guid = start_email(api)
    for _ in range(10):
        assert error_code(ping(api, guid)) == 1139
    assert len(asked) == 1
    monkeypatch.setattr(cache_port, "_quiet_until", 0.0)
    ping(api, guid)
    assert len(asked) == 2


def test_a_flushed_cache_buys_no_message_and_no_guess(api, sms_outbox):
    start_phone(api)
    flush_cache()
    assert try_phone(api) == 1123


@pytest.mark.parametrize("swallows_faults", [False, True])
def test_a_redis_that_is_not_there_stops_no_login(api, mailbox, person, settings, caplog, swallows_faults):
    settings.CACHES = {
        "default": {
            "BACKEND": "django_redis.cache.RedisCache",
            "LOCATION": f"redis://127.0.0.1:{free_port()}/0",
            "OPTIONS": {
                "SOCKET_CONNECT_TIMEOUT": 0.25,
                "SOCKET_TIMEOUT": 0.25,
                "IGNORE_EXCEPTIONS": swallows_faults,
            },
        }
    }
    guid = start_email(api)
    press(person, link_from(mailbox[0]), "approve")
    assert ping(api, guid).status_code == 200
    assert try_email(api) == 1122
    assert swallows_faults or "does not answer" in caplog.text
