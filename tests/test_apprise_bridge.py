"""The bridge to Apprise: it sends what Apprise can send, and Apprise's own log stays silent of it."""

import logging
import sys

import pytest

from loginradius_passwordless.backends import SMS
from loginradius_passwordless.backends.sms.apprise import SMSBackend

from .gateways import KEY, NUMBER, TEXT, assert_nothing_is_told, failure, half, logged_in, nobody, raw_server

# What Apprise imports on its own account.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")


@pytest.fixture(autouse=True)
def everything_is_logged(caplog):
    with caplog.at_level(1):
        yield
    assert_nothing_is_told(logged_in(caplog))


def at(address, more=""):
    """An address of Apprise's own JSON service, which posts the text; its path carries the number."""
    return f"{address.replace('http://', f'json://user:{KEY}@')}/send/{{to}}{more}"


def answering(httpserver, status, body="", headers=None):
    httpserver.expect_request(f"/send/{NUMBER}").respond_with_data(body, status=status, headers=headers)
    return SMSBackend(url=at(httpserver.url_for("").rstrip("/")))


def test_apprise_sends_the_text_to_the_number(httpserver):
    receipt = answering(httpserver, 200).send(TEXT)
    [(request, _answer)] = httpserver.log
    assert request.json["message"] == TEXT.text
    assert (request.authorization.username, request.authorization.password) == ("user", KEY)
    assert (receipt.id, receipt.price) == ("", None)


def test_the_sender_of_the_route_comes_before_that_of_the_options(httpserver):
    httpserver.expect_request("/Shop/x").respond_with_data("")
    httpserver.expect_request("/Else/x").respond_with_data("")
    backend = SMSBackend(
        url=httpserver.url_for("/{sender}/x").replace("http", "json").replace("%7B", "{").replace("%7D", "}"),
        sender="Else",
    )
    backend.send(TEXT)
    backend.send(SMS(to=NUMBER, text="x", reference="r", sender="Shop"))
    assert [request.path for request, _answer in httpserver.log] == ["/Else/x", "/Shop/x"]


def test_a_comma_in_a_value_starts_no_second_address(httpserver):
    httpserver.expect_request("/").respond_with_data("")
    sender = f"a,{httpserver.url_for('/').replace('http', 'json')}"
    assert failure(SMSBackend(url=nobody().replace("http", "json") + "/{sender}/{to}", sender=sender))
    assert httpserver.log == []


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 422, 429, 500, 502, 503])
def test_whatever_the_service_answers_apprise_only_says_no_and_it_may_have_arrived(httpserver, status):
    failed = failure(answering(httpserver, status, f"<html>{NUMBER} {TEXT.text}</html>", {"Retry-After": "9"}))
    assert (str(failed), failed.permanent, failed.may_have_arrived) == ("Apprise could not send it", False, True)


def test_silence_ends_when_the_address_says_and_may_have_arrived():
    with raw_server(b"", silence=3) as url:
        assert failure(SMSBackend(url=at(url, "?cto=0.5&rto=0.5"))).may_have_arrived


def test_where_nobody_listens_it_failed_too():
    assert not failure(SMSBackend(url=at(nobody()))).permanent


def test_half_a_body_after_a_good_status_ends_in_one_message_or_a_doubt():
    with raw_server(half(b"{")) as url:
        assert failure(SMSBackend(url=at(url, "?rto=0.5"))).may_have_arrived


def test_what_apprise_logs_of_others_is_kept(httpserver, caplog):
    answering(httpserver, 200).send(TEXT)
    logging.getLogger("apprise").info("of somebody else")
    assert "of somebody else" in caplog.messages


@pytest.mark.parametrize(("url", "problem"), [
    ("", "has no {to}"), ("json://localhost/", "has no {to}"), ("nosuchservice://key/{to}", "does not understand"), ("{to}", "does not understand"),
    ("clickatell://key/{to}/{text}", "unknown text"), ("clickatell://key/{to}/{number}", "unknown number"),
])  # fmt: skip
def test_an_address_that_is_of_no_use_is_told(url, problem):
    [error] = SMSBackend(url=url).check()
    assert error.id == "loginradius_passwordless.E005"
    assert problem in error.msg


@pytest.mark.parametrize(
    "url",
    [
        "vonage://AAAAAAAA:bbbbbbbbbbbbbbbb@{sender}/{to}",
        "d7sms://token@{to_digits}",
        "sinch://" + "a" * 32 + ":" + "b" * 32 + "@{sender}/{to}",
    ],
)
def test_the_addresses_of_services_for_texts_are_accepted(url):
    assert list(SMSBackend(url=url).check()) == []


def test_a_broken_address_sends_nothing_and_says_so():
    failed = failure(SMSBackend(url=f"nosuchservice://{KEY}/{{to}}"))
    assert (failed.permanent, failed.may_have_arrived) == (False, False)


def test_without_the_package_the_check_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "apprise", None)
    [error] = SMSBackend(url="clickatell://key/{to}").check()
    assert "[apprise]" in error.msg


def test_its_address_with_the_key_stays_out_of_repr():
    assert_nothing_is_told(repr(SMSBackend(url=f"clickatell://{KEY}/{{to}}")))
