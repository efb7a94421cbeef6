"""Whatever address a stranger gives, nothing inside is connected to; whatever a stranger's server does, it ends."""

import os
import socket
import sys
import threading
import time
from contextlib import closing, contextmanager
from ipaddress import ip_address

import pytest
import requests
import trustme
from urllib3 import HTTPSConnectionPool
from urllib3.connection import HTTPSConnection

from loginradius_passwordless.backends import public_http
from loginradius_passwordless.backends.bounded_requests import bounded_session
from loginradius_passwordless.backends.exchange import MAX_ANSWER, NoAnswer, exchange
from loginradius_passwordless.backends.public_addresses import is_public
from loginradius_passwordless.backends.public_http import NotAllowed, check_headers, check_url, post

from .strangers_server import OK, Receiver

HOST = "hooks.example"
# Of the public internet by every rule, and given to nobody: a connection to it ends nowhere.
NOBODY = "2d00::1"

_recorders = []


def _record(event, arguments):
    if event in {"socket.connect", "socket.getaddrinfo"}:
        for record in _recorders:
            record(event, arguments)


sys.addaudithook(_record)  # the interpreter itself says what is connected to; nothing is patched, nothing gets past it


class Network:
    """What this process connects to, and what names lead to in this test."""

    def __init__(self, monkeypatch):
        self.connected, self.asked = [], []
        self.answers = {}
        self._real = socket.getaddrinfo
        monkeypatch.setattr(socket, "getaddrinfo", self._resolve)

    def record(self, event, arguments):
        if event == "socket.connect":
            self.connected.append(arguments[1][:2])

    def leads(self, name, *answers):
        """Let a name lead to these lists of addresses, one after the other."""
        self.answers[name] = list(answers)

    def _resolve(self, host, port, family=0, type=0, proto=0, flags=0):  # noqa: A002
        self.asked.append(host)
        if host.rstrip(".") not in self.answers:
            raise socket.gaierror(socket.EAI_NONAME, "no such name")
        answers = self.answers[host.rstrip(".")]
        found = answers.pop(0) if len(answers) > 1 else answers[0]
        families = [socket.AF_INET6 if ":" in each else socket.AF_INET for each in found]
        return [(kind, type, proto, "", (each, port)) for kind, each in zip(families, found, strict=True)]


@pytest.fixture
def network(monkeypatch):
    found = Network(monkeypatch)
    _recorders.append(found.record)
    yield found
    _recorders.remove(found.record)


@pytest.fixture
def canary():
    """A server inside, on a port that strangers may name."""
    with closing(Receiver(port=8443)) as receiver:
        yield receiver


@pytest.fixture(scope="module")
def authority():
    return trustme.CA()


@pytest.fixture
def trusted(authority, tmp_path, monkeypatch):
    """This process trusts the authority of the tests."""
    file = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(str(file))
    monkeypatch.setenv("SSL_CERT_FILE", str(file))


@pytest.fixture
def receiver(authority, trusted, network, site):
    """A server with the certificate of a host that the settings open."""
    with closing(Receiver(authority, HOST)) as made:
        network.leads(HOST, ["127.0.0.1"])
        site(WEBHOOK_PRIVATE_HOSTS=[f"{HOST}:{made.port}"])
        made.url = f"https://{HOST}:{made.port}/hooks?of=shop"
        yield made


def send(url, timeout=2.0, body=b"{}", **headers):
    return post(url, body=body, headers=headers, timeout=timeout)


@contextmanager
def within(least, most):
    began = time.monotonic()
    yield
    assert least <= time.monotonic() - began < most


# Spellings. Each leads inside in some program's reading, or is plainly not for strangers.

SPELLINGS = [
    "https://127.0.0.1/", "https://127.0.0.1:8443/", "https://127.0.0.2:8443/", "https://0.0.0.0:8443/",
    "https://127.1:8443/", "https://127.0.1:8443/", "https://0:8443/", "https://1:8443/", "https://2130706433:8443/",
    "https://017700000001:8443/", "https://0x7f000001:8443/", "https://0x7f.1:8443/", "https://0X7F.0.0.1:8443/",
    "https://0177.0.0.1:8443/", "https://127.0.0.01:8443/", "https://127.000.000.001:8443/", "https://127.0.0.0x1:8443/",
    "https://256.256.256.256:8443/", "https://1.2.3.4.5:8443/", "https://4294967297:8443/", "https://127.0.0.1.:8443/",
    "https://10.0.0.1/", "https://172.16.0.1/", "https://192.168.0.1/", "https://100.64.0.1/", "https://100.100.100.200/",
    "https://169.254.169.254/", "https://169.254.1.1/", "https://192.0.0.192/", "https://192.0.2.1/", "https://198.18.0.1/",
    "https://168.63.129.16/", "https://224.0.0.1/", "https://240.0.0.1/", "https://255.255.255.255/", "https://192.88.99.1/",
    "https://[::1]:8443/", "https://[::]:8443/", "https://[0:0:0:0:0:0:0:1]:8443/", "https://[::0001]:8443/",
    "https://[::ffff:127.0.0.1]:8443/", "https://[::ffff:7f00:1]:8443/", "https://[::ffff:0:127.0.0.1]:8443/",
    "https://[::ffff:0:7f00:1]:8443/", "https://[::127.0.0.1]:8443/", "https://[::7f00:1]:8443/",
    "https://[64:ff9b::7f00:1]:8443/", "https://[64:ff9b::a9fe:a9fe]:8443/", "https://[64:ff9b:1::7f00:1]:8443/",
    "https://[64:ff9b:1::808:808]/", "https://[2002:7f00:1::]:8443/", "https://[2002:a9fe:a9fe::1]/",
    "https://[2001:0:7f00:1::]:8443/", "https://[2001::1]/", "https://[2001:db8::1]/", "https://[3fff::1]/",
    "https://[fe80::1]:8443/", "https://[fe80::1%25lo]:8443/", "https://[fe80::1%lo]:8443/", "https://[::1%lo]:8443/",
    "https://[fec0::1]/", "https://[fc00::1]/", "https://[fd00:ec2::254]/", "https://[ff02::1]/", "https://[100::1]/",
    "https://[5f00::1]/", "https://[4000::1]/", "https://[127.0.0.1]:8443/", "https://[2606:4700:4700:0::1111]/", "https://[::1/", "https://::1:8443/", "https://[]/",
    "https://localhost:8443/", "https://LOCALHOST:8443/", "https://localhost.:8443/", "https://a.localhost:8443/",
    "https://printer.local/", "https://metadata.google.internal/", "https://metadata/", "https://1.0.0.127.in-addr.arpa/",
    "http://hooks.example/", "http://hooks.example:443/", "http://hooks.example:8443/", "http://8.8.8.8:8443/", "ftp://hooks.example/", "file:///etc/passwd", "gopher://hooks.example/", "//hooks.example/",
    "hooks.example", "https:hooks.example", "https:/hooks.example", "https:///hooks.example", "https://", "https:///", "",
    "https://hooks.example.:8443/", "https://hooks..example/", "https://.hooks.example/", "https://-a.example/",
    "https://a-.example/", "https://a_b.example/", f"https://{'a' * 64}.example/", f"https://{'a.' * 127}example/",
    "https://xn--a.example/", "https://bücher.example/", "https://１２７.0.0.1:8443/", "https://127。0。0。1:8443/",
    "https://ⓛocalhost:8443/", "https://%6cocalhost:8443/", "https://127.0.0.1%00.hooks.example/", "https://%31.0.0.1/",
    "https://hooks.example@127.0.0.1:8443/", "https://127.0.0.1:8443@hooks.example/", "https://a:b@hooks.example/",
    "https://@hooks.example/", "https://hooks.example\\@127.0.0.1:8443/", "https://127.0.0.1:8443\\@hooks.example/",
    "https://hooks.example\\.evil.example/", "https:\\\\127.0.0.1:8443\\", "https://hooks.example/\\..",
    "https://hooks.example#@127.0.0.1:8443/", "https://hooks.example/#x", "https://hooks.example/#",
    "https://127.0.0.1\t:8443/", "https://127.0.0.\n1:8443/", "https://hooks.example/\r\nHost: inside", "https://hooks.example/\n",
    " https://hooks.example/", "https://hooks.example/ ", "https://hooks.example/a b", "https://hooks.example /", "\thttps://hooks.example/",
    "https://hooks.example/\x00", "https://hooks.example\x00.evil.example/", "https://hooks.example/\x7f", "https://hooks.example/\udcff",
    "https://hooks.example:22/", "https://hooks.example:80/", "https://hooks.example:6379/", "https://hooks.example:0/",
    "https://hooks.example:/", "https://hooks.example:0443/", "https://hooks.example:+443/", "https://hooks.example:443:8443/",
    "https://hooks.example:65979/", "https://hooks.example:99999/", "https://hooks.example:８４４３/", "https://hooks.example:-1/",
    "https://hooks.example:443a/", "https://hooks.example:4_43/", "https://hooks.example:443 /", f"https://hooks.example/{'a' * 2048}",
]  # fmt: skip


@pytest.mark.parametrize("url", SPELLINGS, ids=ascii)
def test_an_address_that_could_lead_inside_is_refused_by_its_spelling(url, network, canary):
    network.leads(HOST, ["127.0.0.1"])
    with pytest.raises(NotAllowed) as refused:
        check_url(url)
    assert str(refused.value).endswith(".")
    with pytest.raises(NotAllowed) as refused:
        send(url)
    assert not refused.value.may_have_happened
    assert (network.asked, network.connected, canary.connections) == ([], [], 0)


REASONS = [
    ("https://a:b@hooks.example/", "user name"), ("https://hooks.example/#a", "after #"), ("https://hooks.example:22/", "port is none"),
    ("http://hooks.example/", "not begin with https"), ("https://10.0.0.1/", "IP address"), ("https://printer/", "local network"),
    ("https://127.1/", "neither a name nor"), ("https://hooks.example/a b", "%20"), (f"https://hooks.example/{'a' * 2048}", "longer"),
]  # fmt: skip


@pytest.mark.parametrize(("url", "reason"), REASONS)
def test_whoever_wrote_the_address_reads_what_is_wrong_with_it(url, reason):
    with pytest.raises(NotAllowed, match=reason):
        check_url(url)


GOOD = [
    "https://hooks.example", "https://hooks.example/", "https://hooks.example:443/a", "https://hooks.example:8443/a?b=c%20d&e",
    "https://hooks.example?a=b", "HTTPS://Hooks.Example/A", "https://xn--bcher-kva.example/", "https://a--b.example/",
    "https://8.8.8.8/", "https://[2606:4700:4700::1111]/", "https://[64:ff9b::808:808]/", "https://1password.example/",
    "https://12.example/", "https://hooks.example/a/../b@c:d;e,f!$'()*+~",
]  # fmt: skip


@pytest.mark.parametrize("url", GOOD)
def test_an_address_of_the_public_internet_is_allowed_and_no_name_is_asked_for(url, network):
    check_url(url)
    assert network.asked == []


# Names

INSIDE = [
    str(ip_address(0)), "127.0.0.1", "127.9.9.9", "0.0.0.1", "10.1.2.3", "172.31.255.255", "192.168.1.1", "169.254.169.254", "100.64.0.1",
    "100.100.100.200", "100.127.255.255", "192.0.0.8", "192.0.0.192", "192.0.2.5", "198.51.100.5", "203.0.113.5", "198.19.0.1",
    "168.63.129.16", "192.88.99.1", "224.0.0.251", "239.255.255.250", "240.0.0.1", "255.255.255.255",
    "::", "::1", "::7f00:1", "::808:808", "::ffff:127.0.0.1", "::ffff:169.254.169.254", "::ffff:10.0.0.1", "::ffff:8.8.8.8",
    "::ffff:0:7f00:1", "64:ff9b::127.0.0.1", "64:ff9b::10.0.0.1", "64:ff9b::169.254.169.254", "64:ff9b::6440:1",
    "64:ff9b:1::1", "64:ff9b:1::808:808", "2001::1", "2001:0:4136:e378:8000:63bf:80ff:fffe", "2001:10::1", "2001:20::1", "2001:db8::1",
    "2002:7f00:1::1", "2002:808:808::1", "3fff::1", "100::1", "5f00::1", "fc00::1", "fd00:ec2::254", "fd20:ce::254", "fe80::1",
    "fe80::1%lo", "fec0::1", "ff02::1", "ff0e::1", "2606:4700::1%lo",
]  # fmt: skip


@pytest.mark.parametrize("address", INSIDE)
def test_a_name_that_leads_inside_is_refused(address, network, canary):
    network.leads(HOST, [address])
    with pytest.raises(NotAllowed) as refused:
        send(f"https://{HOST}:8443/")
    assert not refused.value.may_have_happened
    assert (len(network.asked), network.connected, canary.connections) == (1, [], 0)


@pytest.mark.parametrize("address", ["127.0.0.1", "169.254.169.254", "fd00:ec2::254", "::ffff:127.0.0.1"])
@pytest.mark.parametrize("place", [0, 1, 6])
def test_a_name_that_leads_inside_too_is_refused_wherever_that_address_stands(address, place, network, canary):
    outside = ["8.8.8.8", "1.1.1.1", "9.9.9.9", NOBODY, "2d00::2", "2d00::3"]
    network.leads(HOST, [*outside[:place], address, *outside[place:]])
    with pytest.raises(NotAllowed):
        send(f"https://{HOST}:8443/")
    assert (network.connected, canary.connections) == ([], 0)


def test_a_name_that_leads_inside_when_it_is_asked_again_is_not_asked_again(network, canary):
    network.leads(HOST, [NOBODY], ["127.0.0.1"])
    with pytest.raises(NoAnswer) as failed:
        send(f"https://{HOST}:8443/", timeout=0.5)
    assert not failed.value.may_have_happened
    assert (network.asked, network.connected, canary.connections) == ([f"{HOST}."], [(NOBODY, 8443)], 0)


def test_a_name_that_leads_inside_looks_to_a_stranger_like_one_that_does_not_exist(network):
    network.leads("inside.example", ["10.0.0.1"])
    said = []
    for name in ("inside.example", "unknown.example"):
        with pytest.raises(NotAllowed) as refused:
            send(f"https://{name}/")
        said.append(str(refused.value))
    assert said[0] == said[1]


def test_a_name_is_never_looked_for_below_the_domains_of_our_own_network(network):
    with pytest.raises(NotAllowed):
        send("https://internal.example/")
    assert network.asked == ["internal.example."]


def test_no_more_than_four_addresses_of_a_name_are_tried(network):
    network.leads(HOST, [f"2d00::{number}" for number in range(1, 100)])
    with pytest.raises(NoAnswer), within(0, 1.5):
        send(f"https://{HOST}/", timeout=1)
    assert [address for address, _port in network.connected] == ["2d00::1", "2d00::2", "2d00::3", "2d00::4"][
        : len(network.connected)
    ]
    assert len(network.connected) <= 4


def test_what_the_network_reaches_ipv4_through_is_judged_by_what_it_carries():
    assert is_public(ip_address("64:ff9b::8.8.8.8"))
    assert not is_public(ip_address("64:ff9b::100.64.0.1"))


# Redirects


@pytest.mark.parametrize("status", [300, 301, 302, 303, 305, 307, 308])
def test_a_redirect_inward_is_an_answer(status, receiver, network, canary):
    for location in (
        "https://127.0.0.1:8443/",
        f"https://{HOST}:8443/",
        "http://127.0.0.1:8443/",
        "//127.0.0.1:8443/",
        "/",
    ):
        receiver.redirects(status, location)
        assert send(receiver.url).status == status
    assert set(network.connected) == {("127.0.0.1", receiver.port)}
    assert (receiver.connections, canary.connections) == (5, 0)


# What the settings open


def test_a_host_that_the_settings_open_gets_what_is_sent(receiver, network):
    answer = send(receiver.url, body=b'{"a": 1}', **{"Content-Type": "application/json", "webhook-id": "1"})
    assert (answer.status, answer.body, answer.headers.get("content-length")) == (200, b"ok", "2")
    [(line, headers, body)] = receiver.requests
    assert (line, body) == ("POST /hooks?of=shop HTTP/1.1", b'{"a": 1}')
    assert headers == {
        "Host": f"{HOST}:{receiver.port}", "User-Agent": "loginradius-passwordless", "Connection": "close", "Content-Length": "8",
        "Accept-Encoding": "identity", "Content-Type": "application/json", "webhook-id": "1",
    }  # fmt: skip
    assert receiver.server_names == [HOST]
    assert (network.asked, network.connected) == ([HOST], [("127.0.0.1", receiver.port)])


def test_the_canary_sings(canary, site):
    """What the tests above count would be counted."""
    site(WEBHOOK_PRIVATE_HOSTS=["http://127.0.0.1:8443"])
    assert send("http://127.0.0.1:8443/").status == 200
    assert canary.connections == 1


@pytest.mark.parametrize(
    "opened",
    [
        [],
        ["hooks.example:1"],
        ["other.example"],
        ["hooks.example"],
        ["http://hooks.example:{port}"],
        ["example:{port}"],
    ],
)
def test_what_the_settings_do_not_name_stays_closed(opened, receiver, site):
    site(WEBHOOK_PRIVATE_HOSTS=[each.format(port=receiver.port) for each in opened])
    with pytest.raises(NotAllowed):
        send(receiver.url)
    assert receiver.connections == 0


@pytest.mark.parametrize("port", [443, 8443])
def test_a_host_that_is_opened_without_a_port_is_opened_on_two(port, site):
    site(WEBHOOK_PRIVATE_HOSTS=["printer", "10.0.0.1"])
    check_url(f"https://printer:{port}/")
    check_url(f"https://10.0.0.1:{port}/")
    for url in ("http://printer/", "https://printer:9000/", "https://10.0.0.2/", "https://0xa.0.0.1/"):
        with pytest.raises(NotAllowed):
            check_url(url)


def test_plain_http_is_only_for_a_host_that_the_settings_name_with_it(network, site):
    network.leads("printer", ["127.0.0.1"])
    with closing(Receiver()) as plain:
        site(WEBHOOK_PRIVATE_HOSTS=[f"http://printer:{plain.port}"])
        assert send(f"http://printer:{plain.port}/").status == 200
        assert plain.requests[0][1]["Host"] == f"printer:{plain.port}"
        for url in (f"https://printer:{plain.port}/", "http://printer/", "http://hooks.example/"):
            with pytest.raises(NotAllowed):
                check_url(url)


def test_an_address_that_refuses_gives_way_to_the_next(receiver, network):
    network.leads(HOST, ["::1", "127.0.0.9", "127.0.0.1"])
    assert send(receiver.url).status == 200
    assert [address for address, _port in network.connected] == ["::1", "127.0.0.9", "127.0.0.1"]


# Headers

HEADERS = [
    ("Host", "127.0.0.1"), ("hOST", "a"), ("Content-Length", "0"), ("Transfer-Encoding", "chunked"), ("Connection", "upgrade"),
    ("Expect", "100-continue"), ("Upgrade", "h2c"), ("X A", "b"), ("X-A:", "b"), ("", "b"), ("X-A\r\nHost", "b"), ("X-Ä", "b"),
    ("X-A", "b\r\nHost: inside"), ("X-A", "b\n"), ("X-A", "b\r"), ("X-A", "\x00"), ("X-A", "ä"), ("X-A", "\u010a"), ("X-A", "\udc0a"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "value"), HEADERS, ids=ascii)
def test_a_header_that_could_say_something_else_is_refused(name, value, receiver):
    with pytest.raises(NotAllowed):
        check_headers({name: value})
    with pytest.raises(NotAllowed):
        post(receiver.url, body=b"{}", headers={"X-B": "c", name: value}, timeout=2)
    assert receiver.connections == 0


def test_an_address_that_does_not_answer_leaves_time_for_the_next(receiver, network):
    network.leads(HOST, ["127.0.0.2", "127.0.0.1"])
    with closing(socket.socket()) as full:  # its queue is: who connects waits, as in front of a firewall
        full.bind(("127.0.0.2", receiver.port))
        full.listen(0)
        waiting = [socket.socket() for _ in range(4)]
        for each in waiting:
            each.setblocking(False)
            each.connect_ex(("127.0.0.2", receiver.port))
        with within(0.9, 1.9):
            assert send(receiver.url, timeout=2).status == 200
        for each in waiting:
            each.close()


# Certificates


@pytest.mark.parametrize("name", ["other.example", "example", "127.0.0.1", "*.hooks.example"])
def test_the_certificate_of_another_is_refused(name, authority, trusted, network, site):
    with closing(Receiver(authority, name)) as other:
        network.leads(HOST, ["127.0.0.1"])
        site(WEBHOOK_PRIVATE_HOSTS=[f"{HOST}:{other.port}"])
        with pytest.raises(NoAnswer, match="SSLCertVerificationError") as failed:
            send(f"https://{HOST}:{other.port}/")
        assert not failed.value.may_have_happened
        assert other.connections == 1
        assert other.requests == []


@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "PYTHONHTTPSVERIFY", "SSL_CERT_FILE"])
def test_the_certificate_of_an_authority_that_nobody_trusts_is_refused(variable, receiver, monkeypatch):
    monkeypatch.delenv("SSL_CERT_FILE")
    monkeypatch.setenv(variable, {"PYTHONHTTPSVERIFY": "0"}.get(variable, ""))
    with pytest.raises(NoAnswer, match="SSLCertVerificationError"):
        send(receiver.url)
    assert receiver.requests == []


def test_without_the_file_of_authorities_nothing_is_connected_to(receiver, monkeypatch, tmp_path):
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none.pem"))
    with pytest.raises(NoAnswer, match="FileNotFoundError") as failed:
        send(receiver.url)
    assert not failed.value.may_have_happened
    assert receiver.connections == 0


def test_an_ip_address_needs_a_certificate_of_its_own(authority, trusted, site):
    with closing(Receiver(authority, "127.0.0.1")) as own, closing(Receiver(authority, HOST)) as other:
        site(WEBHOOK_PRIVATE_HOSTS=[f"127.0.0.1:{own.port}", f"127.0.0.1:{other.port}"])
        assert send(f"https://127.0.0.1:{own.port}/").status == 200
        assert own.server_names == [None]
        with pytest.raises(NoAnswer, match="SSLCertVerificationError"):
            send(f"https://127.0.0.1:{other.port}/")


# What the machine's environment must not do


def test_no_proxy_no_netrc_and_no_cookie_of_the_machine_is_used(receiver, canary, monkeypatch, tmp_path):
    netrc = tmp_path / "netrc"
    netrc.write_text(f"machine {HOST} login machine password secret\ndefault login machine password secret\n")
    monkeypatch.setenv("NETRC", str(netrc))
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:8443")
    receiver.answers = lambda connection: connection.sendall(OK.replace(b"\r\n\r\n", b"\r\nSet-Cookie: a=b\r\n\r\n"))
    for _ in range(2):
        assert send(receiver.url).status == 200
    assert all(
        not {"Authorization", "Cookie", "Proxy-Authorization"} & set(headers) for _, headers, _ in receiver.requests
    )
    assert (receiver.connections, canary.connections) == (2, 0)


# The deadline


def test_a_server_that_drips_its_headers_is_given_up(receiver):
    receiver.drips(b"HTTP/1.1 200 OK\r\n", b"X")
    with pytest.raises(NoAnswer, match="TimeoutError") as failed, within(0.9, 1.6):
        send(receiver.url, timeout=1)
    assert failed.value.may_have_happened


@pytest.mark.parametrize("line", [b"X-A: b\r\n", b"HTTP/1.1 100 Continue\r\n\r\n"])
def test_a_server_whose_headers_never_end_is_given_up(line, receiver):
    receiver.drips(b"HTTP/1.1 100 Continue\r\n\r\n", line)
    with pytest.raises(NoAnswer) as failed, within(0.2, 1.6):
        send(receiver.url, timeout=1)
    assert failed.value.may_have_happened


def test_a_server_that_drips_its_body_has_answered(receiver):
    for framing, drop in (
        (b"Content-Length: 60000", b"x"),
        (b"Transfer-Encoding: chunked", b"1\r\nx\r\n"),
        (b"X: y", b"x"),
    ):
        receiver.drips(b"HTTP/1.1 201 Created\r\n" + framing + b"\r\n\r\n", drop)
        with within(0.9, 1.6):
            answer = send(receiver.url, timeout=1)
        assert answer.status == 201
        assert 3 < len(answer.body) < 15
        assert set(answer.body) == set(b"x")


def test_a_server_that_hangs_in_its_handshake_is_given_up(receiver):
    receiver.shakes_hands = False
    with pytest.raises(NoAnswer) as failed, within(0.9, 1.6):
        send(receiver.url, timeout=1)
    assert not failed.value.may_have_happened


def test_a_server_that_drips_its_handshake_is_given_up(receiver):
    receiver.context = None
    receiver._read = lambda connection: connection.recv(5)
    receiver.drips(b"\x16\x03\x03\x3f\xff", b"\x02")  # a record of 16 kB, of which a byte comes at a time
    with pytest.raises(NoAnswer) as failed, within(0.9, 1.6):
        send(receiver.url, timeout=1)
    assert not failed.value.may_have_happened


def test_a_server_that_does_not_read_is_given_up(receiver):
    receiver._read = lambda connection: receiver.over.wait(20)
    with pytest.raises(NoAnswer) as failed, within(0.9, 1.6):
        send(receiver.url, body=b"x" * 20_000_000, timeout=1)
    assert failed.value.may_have_happened


def test_a_server_that_answers_nothing_is_given_up(receiver):
    receiver.answers = lambda connection: receiver.over.wait(20)
    with pytest.raises(NoAnswer, match="TimeoutError") as failed, within(0.9, 1.6):
        send(receiver.url, timeout=1)
    assert failed.value.may_have_happened


def test_names_whose_servers_hang_are_given_up_and_hold_nobody_up(receiver, network, monkeypatch):
    released, resolve = threading.Event(), network._resolve

    def hangs(host, *arguments, **options):
        if host == "slow.example.":
            released.wait(20)
        return resolve(host, *arguments, **options)

    monkeypatch.setattr(socket, "getaddrinfo", hangs)
    for _ in range(3):
        with pytest.raises(NoAnswer, match="TimeoutError") as failed, within(0.2, 0.8):
            send("https://slow.example/", timeout=0.3)
        assert not failed.value.may_have_happened
    assert send(receiver.url).status == 200
    released.set()


# The answer


def test_a_long_answer_is_cut(receiver):
    for framing in (b"Content-Length: 9000000", b"X: y"):
        receiver.answers = lambda connection, framing=framing: connection.sendall(
            b"HTTP/1.1 500 Oh\r\n" + framing + b"\r\n\r\n" + b"x" * 9_000_000
        )
        answer = send(receiver.url)
        assert (answer.status, len(answer.body)) == (500, MAX_ANSWER)


def test_a_server_that_keeps_its_connection_open_is_not_waited_for(receiver):
    def answer(connection):
        connection.sendall(OK)
        receiver.over.wait(20)

    receiver.answers = answer
    with within(0, 0.8):
        assert send(receiver.url).body == b"ok"


GARBAGE = [
    b"", b"\r\n\r\n", b"HTTP/1.1\r\n\r\n", b"HTTP/1.1 99 Low\r\n\r\n", b"HTTP/1.1 abc OK\r\n\r\n", b"SSH-2.0-OpenSSH_9.6\r\n", b"\x00" * 100,
    b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 200 + b"\r\n", b"HTTP/1.1 200 " + b"x" * 70_000, b"HTTP/1.1 200 OK\r\nA: " + b"x" * 70_000,
]  # fmt: skip


@pytest.mark.parametrize("said", GARBAGE, ids=lambda said: ascii(said[:20]))
def test_what_is_no_answer_is_none(said, receiver):
    receiver.answers = lambda connection: connection.sendall(said)
    with pytest.raises(NoAnswer) as failed:
        send(receiver.url)
    assert failed.value.may_have_happened


BROKEN = [
    (b"Content-Length: 9\r\n\r\nab", b"ab"), (b"Content-Length: x\r\n\r\nab", b"ab"), (b"Content-Length: -5\r\n\r\nab", b"ab"),
    (b"Transfer-Encoding: chunked\r\n\r\nzz\r\nab", b""), (b"Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n", b"ab"),
    (b"Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\nab", b"ab"), (b"\xff\xfe: \xff\r\n\r\nab", None),
]  # fmt: skip


@pytest.mark.parametrize(("rest", "body"), BROKEN)
def test_an_answer_that_breaks_off_is_an_answer(rest, body, receiver):
    receiver.answers = lambda connection: connection.sendall(b"HTTP/1.1 202 Accepted\r\n" + rest)
    answer = send(receiver.url)
    assert answer.status == 202
    assert body in {None, answer.body}


def test_a_pause_that_the_answer_asks_for_is_read(receiver):
    receiver.answers = lambda connection: connection.sendall(
        b"HTTP/1.1 429 Slow\r\nretry-after: 7\r\nContent-Length: 0\r\n\r\n"
    )
    assert send(receiver.url).retry_after == 7


def test_nothing_of_an_exchange_stays_open(receiver):
    import gc

    for _ in range(3):
        send(receiver.url)
    gc.collect()
    left = [each for each in gc.get_objects() if isinstance(each, public_http.BoundedSocket) and each.fileno() != -1]
    assert left == []


# The same of providers, whose addresses are the site's own


@pytest.mark.parametrize("secure", [True, False])
def test_a_provider_that_drips_its_headers_is_given_up(secure, authority, trusted, monkeypatch):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", os.environ["SSL_CERT_FILE"])
    with closing(Receiver(authority if secure else None, "127.0.0.1")) as provider:
        url = f"{'https' if secure else 'http'}://127.0.0.1:{provider.port}/"
        assert exchange("POST", url, json={}, timeout=1).body == b"ok"
        for beginning, drop in (
            (b"HTTP/1.1 200 OK\r\n", b"X"),
            (b"HTT", b"P"),
            (b"HTTP/1.1 100 Go on\r\n\r\n", b"A: b\r\n"),
        ):
            provider.drips(beginning, drop)
            with pytest.raises(NoAnswer) as failed, within(0.9, 1.6):
                exchange("POST", url, json={}, timeout=1)
            assert failed.value.may_have_happened
        provider.drips(b"HTTP/1.1 200 OK\r\n\r\n", b"x")
        with within(0.9, 1.6):
            assert exchange("POST", url, json={}, timeout=1).status == 200


def test_whoever_goes_through_another_kind_of_connection_is_not_led_past_it():
    """As a SOCKS proxy's, which urllib3 has with a library of its own."""

    class OtherConnection(HTTPSConnection):
        pass

    class OtherPool(HTTPSConnectionPool):
        ConnectionCls = OtherConnection

    with closing(bounded_session()) as session:
        prepared = session.prepare_request(requests.Request("POST", "https://provider.example/"))
        adapter = session.get_adapter(prepared.url)
        adapter.poolmanager.pool_classes_by_scheme = {"https": OtherPool}
        made = adapter.get_connection_with_tls_context(prepared, True).ConnectionCls
        assert issubclass(made, OtherConnection)
        assert made._new_conn is OtherConnection._new_conn  # which is what leads through the proxy


def test_a_provider_behind_an_http_proxy_is_asked_through_it(monkeypatch):
    with closing(Receiver()) as proxy:
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{proxy.port}")
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{proxy.port}")
        assert exchange("POST", "http://provider.example/sms", json={}, timeout=1).body == b"ok"
        assert proxy.requests[0][0] == "POST http://provider.example/sms HTTP/1.1"
        proxy.drips(b"HTTP/1.1 200 OK\r\n", b"X")
        with pytest.raises(NoAnswer), within(0.9, 1.6):
            exchange("POST", "http://provider.example/sms", json={}, timeout=1)
