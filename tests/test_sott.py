"""SOTT: every SDK's spelling of its times, the golden vector, and whatever is not one."""

import base64
import hashlib
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
import time_machine
from django.core.management import CommandError, call_command

from loginradius_passwordless import sott
from loginradius_passwordless.models import Application, ApplicationSecret, UsedSOTT

from .conftest import error_code

KEY, SECRET = "test-api-key", "test-api-secret"
GOLDEN = (
    "yvLBFPR3aRNl1YlisgPpEdphb73sUfne2Jem7hTKWU6RLlkcfjYOhe5B7kSHorQS*1059092e1510bfbc5388d7438b943106"
)  # fmt: skip
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
PHONE = "+14155550123"


def good_until(start, end, now=NOW, *, twelve_hour_clock=True):
    return sott.good_until(sott.Plain(start, KEY, end), now, twelve_hour_clock=twelve_hour_clock)


def test_the_golden_vector_is_read():
    plain = sott.read(GOLDEN, SECRET)
    assert plain == sott.Plain("2026/1/2 03:4:5", KEY, "2026/1/2 03:14:5")
    assert sott.good_until(plain, NOW, twelve_hour_clock=True) == datetime(2026, 1, 2, 3, 14, 5, tzinfo=UTC)


def test_what_is_made_is_read():
    text = sott.make(KEY, SECRET, start=NOW, end=NOW + timedelta(minutes=10))
    assert sott.read(text, SECRET) == sott.Plain("2026-01-02 03:04:05", KEY, "2026-01-02 03:14:05")
    assert sott.read(text.replace("+", " "), SECRET) == sott.read(text, SECRET)
    assert sott.read(text.replace("+", "%2B").replace("*", "%2A"), SECRET) == sott.read(text, SECRET)


def test_one_that_begins_with_a_plus_sign_is_read_where_it_arrives_as_a_blank():
    made = (
        sott.make(KEY, SECRET, start=NOW + timedelta(seconds=n), end=NOW + timedelta(minutes=10)) for n in range(999)
    )
    text = next(text for text in made if text.startswith("+"))
    assert sott.read(f"{text.replace('+', ' ')} ", SECRET) == sott.read(text, SECRET) is not None


@pytest.mark.parametrize(
    "text",
    ["", "*", GOLDEN[:-1], GOLDEN[1:], GOLDEN.replace("*", ""), "y*d41d8cd98f00b204e9800998ecf8427e", "ü*1", "x" * 2000,
     GOLDEN.split("*")[0] + "*" + "0" * 32, "*d41d8cd98f00b204e9800998ecf8427e"],
)  # fmt: skip
def test_what_is_none_is_not_read(text):
    assert sott.read(text, SECRET) is None
    assert sott.read(GOLDEN, "another secret") is None


def test_a_changed_byte_is_noticed_even_with_a_right_checksum():
    encoded = GOLDEN.split("*")[0]
    for place in range(0, len(encoded) - 1, 5):
        changed = encoded[:place] + ("A" if encoded[place] != "A" else "B") + encoded[place + 1 :]
        plain = sott.read(f"{changed}*{sott._checksum(changed)}", SECRET)
        assert plain is None or (plain.api_key, plain.start, plain.end) != (KEY, "2026/1/2 03:4:5", "2026/1/2 03:14:5")


@pytest.mark.parametrize(
    ("sdk", "start", "end"),
    [
        ("PHP, Ruby", "2026/01/02 03:04:05", "2026/01/02 03:14:05"),
        ("Go", "2026/1/2 3:4:5", "2026/1/2 3:14:5"),
        ("Node", "2026/1/2 3:04:05", "2026/1/2 3:14:05"),
        ("v12", "2026/1/2 03:4:5", "2026/1/2 03:14:5"),
        (".NET, Java", "2026/1/2 3:4:5", "2026/1/2 3:14:5"),
        ("server time", "2026-01-02 03:04:05", "2026-01-02 03:14:05"),
        ("Python", "2026/01/02 03:04:05", "2026/01/02 03:14:05"),
    ],
)
def test_every_sdks_spelling_is_understood(sdk, start, end):
    assert good_until(start, end) == datetime(2026, 1, 2, 3, 14, 5, tzinfo=UTC)
    assert good_until(start, end, NOW + timedelta(minutes=20)) is None
    assert good_until(start, end, NOW - timedelta(minutes=20)) is None


@pytest.mark.parametrize("hour", range(24))
@pytest.mark.parametrize("minute", [0, 5, 55])
def test_pythons_clock_of_twelve_hours_is_understood_at_any_hour(hour, minute):
    now = datetime(2026, 1, 31, hour, minute, 1, tzinfo=UTC)
    start, end = (f"{moment:%Y/%m/%d %I:%M:%S}" for moment in (now, now + timedelta(minutes=10)))
    assert good_until(start, end, now + timedelta(minutes=9))
    assert good_until(start, end, now + timedelta(minutes=30)) is None
    assert bool(good_until(start, end, now, twelve_hour_clock=False)) is (
        hour in range(1, 13) and end[11:13] >= start[11:13]
    )


def test_its_cost_is_that_of_one_more_window_twelve_hours_away():
    start, end = "2026/01/02 03:04:05", "2026/01/02 03:14:05"
    assert good_until(start, end, NOW + timedelta(hours=12))
    assert good_until(start, end, NOW + timedelta(hours=12), twelve_hour_clock=False) is None
    assert good_until(start.replace("/", "-"), end.replace("/", "-"), NOW + timedelta(hours=12)) is None


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2026-01-02 03:04:05", "2026-01-02 02:14:05"),  # ends before it begins
        ("2026/01/01 03:04:05", "2026/01/03 03:04:05"),  # two days
        ("2026/02/31 03:04:05", "2026/01/02 03:14:05"),
        ("2026/01-02 03:04:05", "2026/01/02 03:14:05"),
        ("2026/01/02 25:04:05", "2026/01/02 03:14:05"),
        ("", ""),
        ("٢٠٢٦/01/02 03:04:05", "2026/01/02 03:14:05"),
    ],
)
def test_times_that_make_no_sense_make_none(start, end):
    assert good_until(start, end) is None


# Over HTTP


@pytest.fixture
def registers(api):
    """Tell what becomes of a registration with a SOTT, of a new number each time."""
    numbers = iter(range(100, 200))

    def call(text, **query):
        body = {"PhoneId": f"+1415555{next(numbers):04}", "Password": "correct horse battery"}
        headers = {} if query else {"X-LoginRadius-Sott": text}
        answer = api.post("auth/register", body, headers=headers, **query)
        return 200 if answer.status_code == 200 else error_code(answer)

    return call


@pytest.fixture
def made(api, shop_secret):
    return lambda **query: api.get("manage/account/sott", headers={"X-LoginRadius-ApiSecret": shop_secret}, **query)


@pytest.mark.django_db(transaction=True)
def test_a_sott_of_the_server_registers_also_more_than_once(registers, made):
    answer = made().json()
    assert set(answer) == {"Sott", "ExpiryTime"}
    assert [registers(answer["Sott"]), registers(answer["Sott"])] == [200, 200]
    assert registers("", sott=answer["Sott"]) == 200
    assert registers("", sott=answer["Sott"].replace("+", " ")) == 200
    assert registers("", sott="") == 1048


@pytest.mark.django_db(transaction=True)
def test_where_the_site_says_so_it_registers_once(registers, made, site):
    site(SOTT_SINGLE_USE=True)
    text = made().json()["Sott"]
    encoded, checksum = text.split("*")
    assert [registers(text), registers(text), registers(f"{encoded}*{checksum.upper()}")] == [200, 1049, 1049]
    assert UsedSOTT.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_what_registers_nobody_does_not_use_it_up(api, registers, made, site):
    site(SOTT_SINGLE_USE=True, LOOKUPS_NEED_PROOF=True)
    text = made().json()["Sott"]
    headers = {"X-LoginRadius-Sott": text}
    assert api.get("auth/phone", phone=PHONE, headers=headers).json() == {"IsExist": False}
    assert error_code(api.post("auth/register", {"PhoneId": "12", "Password": "x"}, headers=headers)) == 1096
    assert registers(text) == 200


@pytest.mark.django_db(transaction=True)
def test_it_ends_and_is_bound_to_its_application_and_secret(registers, made, bank, shop):
    text = made(timedifference="5").json()["Sott"]
    foreign = sott.make(bank.api_key, "x", start=NOW, end=NOW + timedelta(days=999))
    of_bank, _until = UsedSOTT.objects.make(_with_secret(bank), timedelta(minutes=5))
    assert [registers(foreign), registers(of_bank), registers(text[:-1] + "x"), registers(text)] == [
        1049,
        1049,
        1049,
        200,
    ]
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=8)):
        assert registers(text) == 1049
    ApplicationSecret.objects.filter(application=shop).first().revoke()
    assert registers(text) == 1049


def _with_secret(application: Application) -> Application:
    ApplicationSecret.objects.issue(application)
    return application


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("minutes", ["0", "1441", "-1", "ten"])
def test_nobody_gets_one_for_longer_than_a_day(made, minutes):
    assert error_code(made(timedifference=minutes)) == 908


@pytest.mark.django_db(transaction=True)
def test_only_who_knows_the_secret_gets_one(api, made):
    assert error_code(api.get("manage/account/sott")) == 923
    assert made(timedifference="1440").status_code == 200


@pytest.mark.django_db(transaction=True)
def test_the_servers_time_makes_one(api, registers, shop, shop_secret):
    info = api.get("serverinfo", timedifference="20").json()
    assert set(info) == {"ServerLocation", "ServerName", "CurrentTime", "Sott"}
    window = info["Sott"]
    assert window["TimeDifference"] == "20"
    start, end = (
        datetime.strptime(window[name], "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC) for name in ("StartTime", "EndTime")
    )
    assert end - start == timedelta(minutes=20)
    assert registers(sott.make(shop.api_key, shop_secret, start=start, end=end)) == 200


@pytest.mark.django_db(transaction=True)
def test_a_command_makes_one(registers, shop, shop_secret):
    out = StringIO()
    call_command("make_sott", shop.api_key, minutes=3, stdout=out)
    assert registers(out.getvalue().strip()) == 200
    with pytest.raises(CommandError, match="no active application"):
        call_command("make_sott", "unknown-key-1")
    with pytest.raises(CommandError, match="1 to 1440"):
        call_command("make_sott", shop.api_key, minutes=0)
    ApplicationSecret.objects.all().delete()
    with pytest.raises(CommandError, match="no API secret"):
        call_command("make_sott", shop.api_key)


@pytest.mark.django_db(transaction=True)
def test_our_own_are_good_for_as_long_as_they_say_and_at_no_other_time(shop, shop_secret):
    start = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
    plain = sott.read(sott.make(shop.api_key, shop_secret, start=start, end=start + timedelta(minutes=10)), shop_secret)
    assert plain
    for hours in (1, 5, 11, 12, 13):
        assert sott.good_until(plain, start + timedelta(hours=hours), twelve_hour_clock=True) is None


@pytest.mark.parametrize("hours", [1, 5, 11, 13])
def test_pythons_ten_minutes_are_not_half_a_day(hours):
    now = NOW + timedelta(hours=hours)
    assert good_until("2026/01/02 03:04:05", "2026/01/02 03:14:05", now) is None


@pytest.mark.django_db(transaction=True)
def test_those_of_one_second_are_not_one(registers, made, site):
    site(SOTT_SINGLE_USE=True)
    assert len({made().json()["Sott"] for _turn in range(4)}) >= 2
    assert made(timedifference="1440").status_code == 200


@pytest.mark.django_db(transaction=True)
def test_what_is_none_costs_no_derivation(api, shop, shop_secret, monkeypatch):
    for _number in range(4):
        ApplicationSecret.objects.issue(shop)
    derived, derive = [], hashlib.pbkdf2_hmac
    monkeypatch.setattr(sott.hashlib, "pbkdf2_hmac", lambda *arguments: derived.append(1) or derive(*arguments))
    encoded = base64.b64encode(b"x" * 64).decode()
    body = {"PhoneId": PHONE, "Password": "correct horse battery"}
    for _turn in range(20):
        answer = api.post("auth/register", body, sott=f"{encoded}*{sott._checksum(encoded)}")
        assert error_code(answer) == 1049
    assert len(derived) <= 5  # one for each secret
