"""One request to a provider: over in time and in size whatever it answers, and sure of what it may have read."""

import socket
import time
import tracemalloc

import pytest
import trustme

from loginradius_passwordless.backends.exchange import NoAnswer, exchange

from .running import free_port
from .strangers_server import Receiver

TIMEOUT = 0.5
BODY = {"text": "your code is 123456"}


@pytest.fixture
def provider():
    made = Receiver()
    yield made
    made.close()


@pytest.fixture
def provider_with_tls(tmp_path, monkeypatch):
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "authority.pem"))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "authority.pem"))
    made = Receiver(authority, "localhost")
    yield made
    made.close()


def ask(provider, scheme="http", **options):
    options = {"timeout": TIMEOUT, "json": BODY, **options}
    return exchange("POST", f"{scheme}://localhost:{provider.port}/", **options)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("location", ["/elsewhere", "http://[", "https://127.0.0.1:1/\x00", "//", ""])
def test_a_redirect_is_an_answer_and_its_body_is_not_waited_for(provider, status, location):
    provider.drips(f"HTTP/1.1 {status} Elsewhere\r\nLocation: {location}\r\n\r\n".encode(), b"a drop of more")
    began = time.monotonic()
    assert ask(provider).status == status
    assert time.monotonic() - began < 5 * TIMEOUT
    assert provider.connections == 1


def test_of_a_huge_redirect_little_is_read(provider):
    def flood(connection):
        connection.sendall(b"HTTP/1.1 302 Elsewhere\r\nLocation: /x\r\n\r\n")
        for _time in range(1000):
            connection.sendall(b"x" * 65536)

    provider.answers = flood
    tracemalloc.start()
    try:
        assert len(ask(provider).body) <= 64 * 1024
        assert tracemalloc.get_traced_memory()[1] < 8_000_000
    finally:
        tracemalloc.stop()


def nothing(connection):
    """End without a word."""


def says(answer):
    return lambda connection: connection.sendall(answer)


@pytest.mark.parametrize(
    "answers",
    [
        nothing,
        says(b"nonsense\r\n\r\n"),
        says(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok"),
        says(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n"),
        lambda connection: time.sleep(2 * TIMEOUT),
    ],
    ids=["nothing", "nonsense", "two lengths", "headers", "silence"],
)
def test_whoever_has_read_the_request_may_have_done_it(provider, answers):
    provider.answers = answers
    with pytest.raises(NoAnswer) as caught:
        ask(provider)
    assert caught.value.may_have_happened
    assert len(provider.requests) == 1


def test_over_tls_too_also_where_the_fault_is_of_tls(provider_with_tls):
    def garble(connection):
        plain = socket.socket(fileno=connection.detach())
        plain.sendall(b"\x17\x03\x03\x00\x20" + b"x" * 32)  # a record that no key opens
        plain.close()

    provider_with_tls.answers = garble
    with pytest.raises(NoAnswer, match="SSLError") as caught:
        ask(provider_with_tls, "https")
    assert caught.value.may_have_happened
    assert len(provider_with_tls.requests) == 1


@pytest.mark.parametrize("fault", ["nobody", "no certificate", "no name", "a header", "an address"])
def test_what_was_never_sent_has_not_happened(provider, provider_with_tls, monkeypatch, fault):
    address = {
        "nobody": f"http://localhost:{free_port()}/",
        "no certificate": f"https://localhost:{provider_with_tls.port}/",
        "no name": "http://nobody.invalid/",
        "a header": f"http://localhost:{provider.port}/",
        "an address": "http://[/",
    }[fault]
    if fault == "no certificate":
        monkeypatch.delenv("REQUESTS_CA_BUNDLE")
    with pytest.raises(NoAnswer) as caught:
        exchange("POST", address, timeout=TIMEOUT, headers={"X-Key": "a\nb"} if fault == "a header" else {})
    assert not caught.value.may_have_happened
    assert not provider.requests + provider_with_tls.requests


@pytest.mark.parametrize("status", [102, 200, 302, 400, 429, 500, 501, 502, 503, 504, 599])
def test_a_status_says_whether_it_may_have_been_done(provider, status):
    provider.answers = says(f"HTTP/1.1 {status} So\r\nContent-Length: 0\r\n\r\n".encode())
    assert ask(provider).is_doubtful == (status in {102, 500, 502, 504, 599})
