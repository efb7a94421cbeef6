"""Amazon SNS: what is asked of it, what it answers, and which of the notifications that claim to be its are."""

import base64
import hashlib
import hmac
import json
import logging
import re
import socket
import ssl
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from urllib.parse import quote

import botocore.session
import pytest
import time_machine
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import NameOID
from pytest_httpserver import HTTPServer

from loginradius_passwordless.backends import SMS, NotFromProvider
from loginradius_passwordless.backends.base import Callback
from loginradius_passwordless.backends.exchange import NoAnswer
from loginradius_passwordless.backends.sms import sns
from loginradius_passwordless.backends.sms.sns import SMSBackend
from loginradius_passwordless.backends.sns_notifications import _certificate

from .gateways import CODE, KEY, NUMBER, TEXT, assert_nothing_is_told, failure, half, logged_in, nobody, raw_server

ID = "567910cd-659e-55d4-8ccb-5aaf14679dc0"
TAKEN = f"""<PublishResponse xmlns="https://sns.amazonaws.com/doc/2010-03-31/"><PublishResult><MessageId>{ID}</MessageId>
</PublishResult><ResponseMetadata><RequestId>d74b8436-ae13-5ab4-a9ff-ce54dfea72a0</RequestId></ResponseMetadata></PublishResponse>"""
TOPIC = "arn:aws:sns:eu-central-1:123456789012:reports"
HOST = "sns.eu-central-1.amazonaws.com"
KEYS = {"region": "eu-central-1", "access_key": "AKIDEXAMPLE", "secret_key": KEY}
INDIA = SMS(to="+919812345678", text=f"{CODE} है", reference="r", sender="SHOPIN", entity_id="110", template_id="107")


@pytest.fixture(autouse=True)
def everything_is_logged(caplog):
    with caplog.at_level(logging.DEBUG):
        yield
    assert_nothing_is_told(logged_in(caplog))


def refused(code, words=""):
    return f"""<ErrorResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><Error><Type>Sender</Type><Code>{code}</Code>
    <Message>{words}</Message></Error><RequestId>9dd01905-5012-5f99-8663-4b3ecd0dfaef</RequestId></ErrorResponse>"""


def answering(httpserver, body=TAKEN, status=200, headers=None, **options):
    httpserver.expect_request("/").respond_with_data(body, status=status, headers=headers, content_type="text/xml")
    return SMSBackend(**{**KEYS, "url": httpserver.url_for("/"), "timeout": 2, **options})


def asked(httpserver):
    [(request, _answer)] = httpserver.log
    return request


def attributes_of(form):
    """The message attributes of a form, by name."""
    entries = sorted(name[: -len(".Name")] for name in form if name.endswith(".Name"))
    assert entries == [f"MessageAttributes.entry.{at}" for at in range(1, len(entries) + 1)]
    return {form[f"{at}.Name"]: (form[f"{at}.Value.DataType"], form[f"{at}.Value.StringValue"]) for at in entries}


# The request


def test_a_text_is_published_to_its_number(httpserver):
    assert answering(httpserver).send(TEXT).id == ID
    request = asked(httpserver)
    assert (request.method, request.mimetype) == ("POST", "application/x-www-form-urlencoded")
    form = request.form.to_dict()
    assert (form["Action"], form["Version"], form["PhoneNumber"], form["Message"]) == (
        "Publish",
        "2010-03-31",
        NUMBER,
        TEXT.text,
    )
    assert attributes_of(form) == {"AWS.SNS.SMS.SMSType": ("String", "Transactional")}


def test_what_india_asks_for_and_what_a_site_limits_are_attributes(httpserver):
    answering(httpserver, max_price="0.10", sender="ELSE").send(INDIA)
    assert attributes_of(asked(httpserver).form.to_dict()) == {
        "AWS.SNS.SMS.SMSType": ("String", "Transactional"),
        "AWS.SNS.SMS.SenderID": ("String", "SHOPIN"),
        "AWS.SNS.SMS.MaxPrice": ("Number", "0.10"),
        "AWS.MM.SMS.EntityId": ("String", "110"),
        "AWS.MM.SMS.TemplateId": ("String", "107"),
    }
    assert asked(httpserver).form["Message"] == INDIA.text


def test_a_sender_that_is_a_number_is_an_origination_number(httpserver):
    answering(httpserver, sender="+14155550100", message_type="Promotional").send(TEXT)
    assert attributes_of(asked(httpserver).form.to_dict()) == {
        "AWS.SNS.SMS.SMSType": ("String", "Promotional"),
        "AWS.MM.SMS.OriginationNumber": ("String", "+14155550100"),
    }


def signature_of(request, secret, region):
    """The signature of a request, step by step as AWS documents Signature Version 4."""
    authorization = request.headers["Authorization"]
    signed = re.search(r"SignedHeaders=([^,]+)", authorization)[1]
    date = request.headers["X-Amz-Date"]
    headers = "".join(f"{name}:{' '.join(request.headers[name].split())}\n" for name in signed.split(";"))
    canonical = "\n".join(
        [
            "POST",
            quote(request.path),
            "",
            headers,
            signed,
            hashlib.sha256(request.get_data(parse_form_data=False)).hexdigest(),
        ]
    )
    scope = f"{date[:8]}/{region}/sns/aws4_request"
    to_sign = "\n".join(["AWS4-HMAC-SHA256", date, scope, hashlib.sha256(canonical.encode()).hexdigest()])
    key = f"AWS4{secret}".encode()
    for part in (date[:8], region, "sns", "aws4_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return scope, signed.split(";"), hmac.new(key, to_sign.encode(), hashlib.sha256).hexdigest()


@pytest.mark.parametrize("token", ["", "a-session-token"])
def test_the_request_is_signed_as_it_arrives(httpserver, token):
    answering(httpserver, session_token=token).send(INDIA)
    request = asked(httpserver)
    scope, signed, signature = signature_of(request, KEY, "eu-central-1")
    assert request.headers["Authorization"].startswith(f"AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/{scope}, ")
    assert request.headers["Authorization"].endswith(f"Signature={signature}")
    assert {"host", "x-amz-date", "content-type"} <= set(signed)
    assert request.headers.get("X-Amz-Security-Token", "") == token
    assert ("x-amz-security-token" in signed) == bool(token)
    assert abs(
        datetime.now(UTC) - datetime.strptime(request.headers["X-Amz-Date"] + "+0000", "%Y%m%dT%H%M%SZ%z")
    ) < timedelta(minutes=1)


def test_an_entry_of_netrc_does_not_replace_the_signature(httpserver, tmp_path, monkeypatch):
    (tmp_path / "netrc").write_text(f"machine {httpserver.host} login somebody password else\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    answering(httpserver).send(TEXT)
    assert asked(httpserver).headers["Authorization"].startswith("AWS4-HMAC-SHA256")


@pytest.fixture
def surroundings(monkeypatch, tmp_path):
    """What a process finds around it: nothing, unless the test says so."""
    for name in (
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "AWS_PROFILE",
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("HOME", str(tmp_path))
    sns._surroundings.cache_clear()
    yield monkeypatch
    sns._surroundings.cache_clear()


def test_without_keys_they_are_found_where_other_tools_find_them(httpserver, surroundings):
    surroundings.setenv("AWS_ACCESS_KEY_ID", "AKIDFOUND")
    surroundings.setenv("AWS_SECRET_ACCESS_KEY", KEY)
    answering(httpserver, access_key="", secret_key="").send(TEXT)
    assert "Credential=AKIDFOUND/" in asked(httpserver).headers["Authorization"]
    assert asked(httpserver).headers["Authorization"].endswith(signature_of(asked(httpserver), KEY, "eu-central-1")[2])


def test_without_any_keys_nothing_is_sent_and_another_provider_is_asked(httpserver, surroundings):
    failed = failure(answering(httpserver, access_key="", secret_key=""))
    assert (str(failed), failed.permanent, failed.may_have_arrived) == (
        "no credentials: NoCredentialsError",
        False,
        False,
    )
    assert httpserver.log == []


def test_the_endpoint_is_that_of_the_region():
    assert SMSBackend(region="eu-central-1").url == f"https://{HOST}/"
    assert SMSBackend(region="cn-north-1").url == "https://sns.cn-north-1.amazonaws.com.cn/"
    known = botocore.session.Session().get_available_regions("sns")
    assert "eu-central-1" in known
    assert not [region for region in known if list(SMSBackend(**{**KEYS, "region": region}).check())]


# The answer


@pytest.mark.parametrize(("code", "status", "is_permanent"), [
    ("OptedOut", 400, True), ("InvalidParameter", 400, False), ("ParameterValueInvalid", 400, False), ("ValidationException", 400, False),
    ("AuthorizationError", 403, False), ("InvalidSecurity", 403, False), ("InvalidClientTokenId", 403, False), ("SignatureDoesNotMatch", 403, False),
    ("ExpiredToken", 403, False), ("EndpointDisabled", 400, False), ("PlatformApplicationDisabled", 400, False), ("KMSDisabled", 400, False),
    ("KMSThrottling", 400, False), ("KMSOptInRequired", 403, False), ("NotFound", 404, False), ("UserError", 400, False), ("Throttling", 400, False),
    ("Throttled", 429, False), ("InternalError", 500, False), ("InternalFailure", 500, False), ("ServiceUnavailable", 503, False),
    ("OptedOut", 200, True), ("InternalError", 200, False),
])  # fmt: skip
def test_an_error_is_told_by_its_code_and_only_who_wants_no_texts_is_never_asked_again(
    httpserver, code, status, is_permanent
):
    words = f"Invalid parameter: PhoneNumber Reason: {NUMBER} is not valid to publish to; {TEXT.text}".replace(
        "&", "&amp;"
    )
    failed = failure(answering(httpserver, refused(code, words), status))
    assert (str(failed), failed.permanent, failed.may_have_arrived) == (code, is_permanent, status == 500)
    assert len(httpserver.log) == 1


def test_a_code_that_is_none_is_not_repeated(httpserver):
    failed = failure(answering(httpserver, refused(NUMBER), 400))
    assert (str(failed), failed.permanent) == ("HTTP 400", False)


def test_throttling_says_when_to_come_back(httpserver):
    assert failure(answering(httpserver, refused("Throttled"), 429, {"Retry-After": "3"})).retry_after == 3


@pytest.mark.parametrize("status", [302, 400, 403, 404, 413, 429, 500, 502, 503])
def test_a_bad_status_with_a_page_is_not_taken(httpserver, status):
    failed = failure(answering(httpserver, f"<html><p>{NUMBER}<br></html>", status, {"Location": "/elsewhere"}))
    is_doubtful = status in (500, 502)
    assert (str(failed), failed.permanent, failed.may_have_arrived) == (f"HTTP {status}", False, is_doubtful)


LAUGHS = (
    '<!DOCTYPE x [<!ENTITY a "'
    + "ha" * 50
    + '">'
    + "".join(f'<!ENTITY {chr(98 + at)} "{f"&{chr(97 + at)};" * 20}">' for at in range(9))
    + "]>"
)


@pytest.mark.parametrize("body", [
    "", "<html>welcome</html>", "{}", "OK", "<PublishResponse/>", "<PublishResponse><MessageId/></PublishResponse>",
    "<PublishResponse><PublishResult>", LAUGHS + "<PublishResponse><MessageId>&j;</MessageId></PublishResponse>",
    f'<!DOCTYPE x [<!ENTITY e "{ID}">]><PublishResponse><MessageId>&e;</MessageId></PublishResponse>',
    '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]><PublishResponse><MessageId>&e;</MessageId></PublishResponse>',
    (LAUGHS + "<PublishResponse><MessageId>&j;</MessageId></PublishResponse>").encode("utf-16"), b"\xff\xfe\x00", "<a>" * 20000,
])  # fmt: skip
def test_a_good_status_without_an_id_may_have_been_taken(httpserver, body):
    failed = failure(answering(httpserver, body))
    assert (str(failed), failed.permanent, failed.may_have_arrived) == (
        "HTTP 200 without the id of a message",
        False,
        True,
    )


def test_silence_means_that_it_may_have_arrived():
    with raw_server(b"", silence=3) as url:
        failed = failure(SMSBackend(**KEYS, url=url, timeout=0.5))
    assert (str(failed), failed.permanent, failed.may_have_arrived) == ("ReadTimeout", False, True)


def test_where_nobody_listens_nothing_arrived():
    failed = failure(SMSBackend(**KEYS, url=nobody(), timeout=0.5))
    assert (failed.permanent, failed.may_have_arrived) == (False, False)


def test_half_an_answer_may_have_been_taken():
    with raw_server(half(TAKEN[:120].encode())) as url:
        assert failure(SMSBackend(**KEYS, url=url, timeout=0.5)).may_have_arrived


# Notifications. Amazon's host is played by a server of this machine with a certificate of its own, so that names and
# encryption are checked for real; its name leads here, and nothing else is replaced.


def certificate(name, key, issuer=None, days=(-1, 30)):
    """A certificate for a name, by an authority or by itself."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer[0].subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + timedelta(days=days[0]))
        .not_valid_after(now + timedelta(days=days[1]))
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key((issuer[1] if issuer else key).public_key()), critical=False)
    )  # fmt: skip
    if issuer is None:
        usage = {use: use in {"key_cert_sign", "crl_sign"} for use in ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement", "key_cert_sign", "crl_sign", "encipher_only", "decipher_only")}  # fmt: skip
        builder = builder.add_extension(x509.KeyUsage(**usage), critical=True)
    return builder.sign(issuer[1] if issuer else key, hashes.SHA256())


def pem(made):
    return made.public_bytes(serialization.Encoding.PEM)


SIGNING_KEY = rsa.generate_private_key(65537, 2048)
SIGNING = certificate("sns.amazonaws.com", SIGNING_KEY)
PATH = "/SimpleNotificationService-0123456789abcdef0123456789abcdef.pem"


@pytest.fixture(scope="module")
def amazons_server(tmp_path_factory):
    """A server that may call itself Amazon's, and the file with the authority that says so."""
    folder = tmp_path_factory.mktemp("tls")
    root_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    root = certificate("An Authority", root_key)
    (folder / "root.pem").write_bytes(pem(root))
    (folder / "host.pem").write_bytes(
        pem(certificate(HOST, key, (root, root_key)))
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "host.pem")
    server = HTTPServer("127.0.0.1", 0, ssl_context=context)
    server.start()
    yield server, folder / "root.pem"
    server.stop()


@pytest.fixture
def amazon(amazons_server, monkeypatch):
    """Amazon's host, which has the certificate of notifications and takes confirmations."""
    server, authority = amazons_server
    server.clear()
    server.expect_request(PATH).respond_with_data(pem(SIGNING))
    server.expect_request("/").respond_with_data("<ok/>")
    look_up = socket.getaddrinfo

    def lead_here(host, port, *arguments, **more):
        assert port == 443, "only Amazon's own port is asked"
        host = host.decode() if isinstance(host, bytes) else host
        assert host.endswith((".amazonaws.com", ".amazonaws.com.cn")), f"{host} was asked"
        return look_up("127.0.0.1", server.port, *arguments, **more)

    monkeypatch.setattr(socket, "getaddrinfo", lead_here)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authority))
    _certificate.cache_clear()
    yield server
    _certificate.cache_clear()


DELIVERED = json.dumps({"eventType": "TEXT_DELIVERED", "messageId": ID, "isFinal": True, "totalMessageParts": 2, "totalMessagePrice": 0.00581, "totalCarrierFee": 0.003, "destinationPhoneNumber": NUMBER, "context": {}})  # fmt: skip


def notification(message=DELIVERED, *, age=timedelta(0), version="2", key=SIGNING_KEY, changed=None, **fields):
    """A message of SNS, signed as Amazon documents it; ``changed`` is changed after that."""
    moment = (datetime.now(UTC) - age).strftime("%Y-%m-%dT%H:%M:%S.") + "123Z"
    body = {"Type": "Notification", "MessageId": "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324", "TopicArn": TOPIC, "Message": message, "Timestamp": moment, "SignatureVersion": version, "SigningCertURL": f"https://{HOST}{PATH}", "UnsubscribeURL": f"https://{HOST}/?Action=Unsubscribe", **fields}  # fmt: skip
    names = {"Notification": ["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"]}
    signed = names.get(body["Type"], ["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"])
    text = "".join(f"{name}\n{body[name]}\n" for name in signed if name in body)
    algorithm = hashes.SHA1() if version == "1" else hashes.SHA256()  # noqa: S303
    body["Signature"] = base64.b64encode(key.sign(text.encode(), padding.PKCS1v15(), algorithm)).decode()
    return {**body, **(changed or {})}


def subscription(**more):
    url = f"https://{HOST}/?Action=ConfirmSubscription&TopicArn={TOPIC}&Token=2336412f37"
    return notification("You have chosen to subscribe …", **{"Type": "SubscriptionConfirmation", "Token": "2336412f37", "SubscribeURL": url, **more})  # fmt: skip


def read(body, **options):
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    callback = Callback(
        "POST", "https://a.example/delivery/sms/sns/", {}, {}, {"x-amz-sns-message-type": "Notification"}, raw
    )
    return SMSBackend(**{**KEYS, "report_topic": TOPIC, "timeout": 2, **options}).read(callback)


def test_a_signed_notification_reports_and_its_certificate_is_fetched_once(amazon):
    [report] = read(notification())
    assert (report.state, report.id, report.error) == ("delivered", ID, "")
    assert (report.receipt.segments, report.receipt.price, report.receipt.currency) == (2, Decimal("0.00881"), "USD")
    assert read(notification(version="1")) == read(notification(Subject="A subject\nof two lines")) == [report]
    assert [request.path for request, _answer in amazon.log] == [PATH]


@pytest.mark.parametrize("field", ["Message", "MessageId", "Timestamp", "Type", "TopicArn", "Subject", "Signature"])
def test_whatever_is_changed_after_signing_is_seen(amazon, field):
    good = notification(Subject="a")
    moment = (datetime.now(UTC) - timedelta(minutes=9)).isoformat()
    other = {
        "Timestamp": moment,
        "Signature": good["Signature"][:20] + ("A" if good["Signature"][20] != "A" else "B") + good["Signature"][21:],
    }
    with pytest.raises(NotFromProvider):
        read({**good, field: other.get(field, good[field] + "x")})
    assert read(good)


@pytest.mark.parametrize("changed", [
    {"Signature": "not base64"}, {"Signature": ""}, {"Signature": base64.b64encode(b"x" * 256).decode()}, {"Signature": None}, {"SignatureVersion": "3"},
    {"SignatureVersion": "1"}, {"SignatureVersion": None}, {"SignatureVersion": 2}, {"Message": None}, {"Message": "\ud800"}, {"MessageId": 7},
])  # fmt: skip
def test_a_signature_that_is_none_is_refused(amazon, changed):
    with pytest.raises(NotFromProvider):
        read(notification(changed=changed))


def test_a_signature_of_another_key_is_refused(amazon):
    with pytest.raises(NotFromProvider, match="signature is wrong"):
        read(notification(key=rsa.generate_private_key(65537, 2048)))


@pytest.mark.parametrize("url", [
    f"http://{HOST}{PATH}", f"https://{HOST}:443{PATH}", f"https://{HOST}:8443{PATH}", f"https://sns.evil.com{PATH}",
    f"https://{HOST}.evil.com{PATH}", f"https://evil.com@{HOST}{PATH}", f"https://{HOST}@evil.com{PATH}", f"https://{HOST}:x@evil.com{PATH}",
    f"https://evil.com/{HOST}{PATH}", f"https://evil.com\\@{HOST}{PATH}", f"https://{HOST}\\.evil.com{PATH}", f"https://{HOST}%2eevil.com{PATH}",
    f"https://snsxeu-central-1.amazonaws.com{PATH}", f"https://sns.us-east-1.amazonaws.com{PATH}", f"https://{HOST}.cn{PATH}", f"https://s3.amazonaws.com/sns{PATH}",
    f"https://{HOST.upper()}{PATH}", f"https://{HOST}.{PATH}", f"https://[::1]{PATH}", "https://[", f"//{HOST}{PATH}", f"https://{HOST}/x.txt", f"https://{HOST}/",
    f"https://{HOST}/a/../x.pem", f"https://{HOST}/?Action=Publish&x=.pem", f"https://{HOST}{PATH}?x=.pem", f"https://{HOST}{PATH}?", f"https://{HOST}/x#.pem",
    f"https://{HOST}{PATH}#x", f"https://{HOST}{PATH}\n", f"https://{HOST}\t{PATH}", f" https://{HOST}{PATH}", f"https://{HOST}/%2e.pem", "file:///etc/x.pem", "",
])  # fmt: skip
def test_a_certificate_elsewhere_is_not_even_fetched(amazon, url):
    with pytest.raises(NotFromProvider):
        read(notification(SigningCertURL=url))
    assert amazon.log == []


@pytest.mark.parametrize("body", [b"", b"<html>", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"])
def test_a_certificate_that_is_none_is_refused(amazon, body):
    amazon.clear()
    amazon.expect_request(PATH).respond_with_data(body)
    with pytest.raises(NotFromProvider):
        read(notification())


@pytest.mark.parametrize("days", [(-30, -1), (1, 30)])
def test_a_certificate_out_of_its_time_is_refused(amazon, days):
    amazon.clear()
    amazon.expect_request(PATH).respond_with_data(pem(certificate("sns.amazonaws.com", SIGNING_KEY, days=days)))
    with pytest.raises(NotFromProvider, match="not valid now"):
        read(notification())


def test_a_certificate_of_another_kind_of_key_is_refused(amazon):
    amazon.clear()
    amazon.expect_request(PATH).respond_with_data(
        pem(certificate("sns.amazonaws.com", ec.generate_private_key(ec.SECP256R1())))
    )
    with pytest.raises(NotFromProvider, match="another kind"):
        read(notification())


def test_a_missing_certificate_refuses_and_is_asked_for_again(amazon):
    amazon.clear()
    amazon.expect_ordered_request(PATH).respond_with_data(pem(SIGNING), status=404)
    amazon.expect_ordered_request(PATH).respond_with_data(pem(SIGNING))
    with pytest.raises(NotFromProvider):
        read(notification())
    assert read(notification())


@pytest.mark.parametrize("status", [429, 500, 503])
def test_while_the_certificate_cannot_be_had_amazon_is_to_come_back(amazon, status):
    amazon.clear()
    amazon.expect_request(PATH).respond_with_data("later", status=status)
    with pytest.raises(NoAnswer, match=f"HTTP {status}"):
        read(notification())


def test_a_host_that_cannot_prove_its_name_is_not_believed(amazon, monkeypatch):
    monkeypatch.delenv("REQUESTS_CA_BUNDLE")
    with pytest.raises(NoAnswer, match="SSLError"):
        read(notification())


@pytest.mark.parametrize(("age", "is_read"), [
    (timedelta(minutes=59), True), (timedelta(minutes=61), False), (timedelta(days=400), False), (timedelta(minutes=-4), True), (timedelta(minutes=-6), False),
])  # fmt: skip
def test_a_notification_is_good_for_an_hour(amazon, age, is_read):
    if is_read:
        assert read(notification(age=age))
    else:
        with pytest.raises(NotFromProvider):
            read(notification(age=age))


@pytest.mark.parametrize("timestamp", ["", "yesterday", "2026-01-01T00:00:00", "9999-12-31T23:59:59-23:59"])
def test_a_moment_that_is_none_is_refused(amazon, timestamp):
    with pytest.raises(NotFromProvider):
        read(notification(Timestamp=timestamp))


def test_a_copy_says_what_is_known_and_an_hour_later_nothing(amazon):
    recorded = notification()
    assert read(recorded) == read(recorded)
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=61)), pytest.raises(NotFromProvider):
        read(recorded)


@pytest.mark.parametrize(
    "topic", [TOPIC + "2", "arn:aws:sns:eu-central-1:999999999999:reports", TOPIC.replace("central", "west"), ""]
)
def test_another_topic_is_not_listened_to(amazon, topic):
    for body in (notification(TopicArn=topic), subscription(TopicArn=topic)):
        with pytest.raises(NotFromProvider, match="topic"):
            read(body)
    assert amazon.log == []


def test_without_a_topic_nothing_is_listened_to(amazon):
    for body in (notification(TopicArn=""), subscription()):
        with pytest.raises(NotFromProvider, match="report_topic is empty"):
            read(body, report_topic="")
    assert amazon.log == []


def test_a_message_that_hides_fields_in_its_text_is_not_of_our_topic(amazon):
    """What somebody else's topic signs ends in the name of that topic, wherever its text is cut."""
    foreign = TOPIC.replace("123456789012", "999999999999")
    tail = f"\nMessageId\nm\nTimestamp\n{datetime.now(UTC).isoformat()}\nTopicArn\n{TOPIC}\nType\nNotification"
    signed = notification("x" + tail, TopicArn=foreign)
    with pytest.raises(NotFromProvider):
        read({**signed, "Message": "x", "TopicArn": TOPIC})


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"null", b"\xff", b"[" * 60000, b'{"Type": "Notification"}', b'{"TopicArn": ["x"]}']
)
def test_what_is_no_message_of_sns_is_refused(amazon, body):
    with pytest.raises(NotFromProvider):
        read(body)


def test_raw_delivery_is_refused_as_nobody_signs_it(amazon):
    with pytest.raises(NotFromProvider):
        read(DELIVERED.encode())


# The subscription


def test_the_subscription_of_the_topic_is_confirmed(amazon, caplog):
    assert read(subscription()) == []
    [_certificate_asked, (confirmed, _answer)] = amazon.log
    assert confirmed.args.to_dict() == {"Action": "ConfirmSubscription", "TopicArn": TOPIC, "Token": "2336412f37"}
    assert "2336412f37" not in logged_in(caplog)
    assert "was answered: 200" in caplog.text


@pytest.mark.parametrize("url", [
    f"https://evil.com/?Action=ConfirmSubscription&TopicArn={TOPIC}&Token=t", f"http://{HOST}/?Action=ConfirmSubscription&TopicArn={TOPIC}&Token=t",
    f"https://{HOST}/?Action=ConfirmSubscription&TopicArn={TOPIC}2&Token=t", f"https://{HOST}/?Action=DeleteTopic&TopicArn={TOPIC}",
    f"https://{HOST}@evil.com/?Action=ConfirmSubscription&TopicArn={TOPIC}&Token=t", f"https://{HOST}/?Action=ConfirmSubscription&Action=x&TopicArn={TOPIC}",
    f"https://{HOST}/x?Action=ConfirmSubscription&TopicArn={TOPIC}&Token=t", f"https://{HOST}:443/?Action=ConfirmSubscription&TopicArn={TOPIC}&Token=t",
])  # fmt: skip
def test_no_other_address_is_asked_in_the_name_of_a_confirmation(amazon, url):
    with pytest.raises(NotFromProvider):
        read(subscription(SubscribeURL=url))
    assert [request.path for request, _answer in amazon.log] == [PATH]


def test_a_subscription_that_is_not_signed_is_not_confirmed(amazon):
    with pytest.raises(NotFromProvider):
        read(subscription(changed={"Token": "another"}))
    assert [request.path for request, _answer in amazon.log] == [PATH]


def test_a_confirmation_that_fails_is_told_in_the_log(amazon, caplog):
    read(notification())
    amazon.clear()
    amazon.expect_request("/").respond_with_data("", status=403)
    assert read(subscription()) == []
    assert "was answered: 403" in caplog.text


def test_the_end_of_a_subscription_is_not_answered_with_a_new_one(amazon, caplog):
    assert read(subscription(Type="UnsubscribeConfirmation")) == []
    assert [request.path for request, _answer in amazon.log] == [PATH]
    assert "was ended" in caplog.text


# What a notification says


def event(kind, **more):
    return json.dumps({"eventType": kind, "messageId": ID, "isFinal": True, **more})


def line(status, words, **more):
    """A line of SNS's delivery log."""
    return json.dumps({"notification": {"messageId": ID, "timestamp": "2026-01-01 00:00:00"}, "delivery": {"destination": NUMBER, "priceInUSD": 0.00645, "providerResponse": words, "dwellTimeMs": 599, **more}, "status": status})  # fmt: skip


@pytest.mark.parametrize(("message", "state", "error"), [
    (event("TEXT_DELIVERED"), "delivered", ""), (event("TEXT_SUCCESSFUL"), "sent", ""), (event("TEXT_QUEUED"), "sent", ""), (event("TEXT_PENDING"), "sent", ""),
    (event("TEXT_SENT"), "sent", ""), (event("TEXT_UNKNOWN"), "sent", ""), (event("TEXT_CARRIER_UNREACHABLE"), "failed", "TEXT_CARRIER_UNREACHABLE"),
    (event("TEXT_CARRIER_UNREACHABLE", isFinal=False), "sent", ""), (event("TEXT_DELIVERED", isFinal=False), "delivered", ""), (event("TEXT_INVALID"), "failed", "TEXT_INVALID"),
    (event("TEXT_BLOCKED"), "failed", "TEXT_BLOCKED"), (event("TEXT_SPAM"), "failed", "TEXT_SPAM"), (event("TEXT_TTL_EXPIRED"), "failed", "TEXT_TTL_EXPIRED"),
    (event("TEXT_PROTECT_BLOCKED"), "failed", "TEXT_PROTECT_BLOCKED"),
    (json.dumps({"detail-type": "Text Message Delivery Status Updated", "detail": json.loads(event("TEXT_BLOCKED"))}), "failed", "TEXT_BLOCKED"),
    (line("SUCCESS", "Message has been accepted by phone carrier"), "sent", ""), (line("SUCCESS", "Message has been accepted by phone"), "delivered", ""),
    (line("FAILURE", "Phone is currently unreachable/unavailable"), "failed", "Phone is currently unreachable/unavailable"),
    (line("FAILURE", f"No route to {NUMBER}"), "failed", "FAILURE"), (line("FAILURE", None), "failed", "FAILURE"),
])  # fmt: skip
def test_a_report_says_how_far_a_text_came(amazon, message, state, error):
    [report] = read(notification(message))
    assert (report.state, report.id, report.error) == (state, ID, error)


def test_a_line_of_the_log_tells_parts_and_price(amazon):
    [report] = read(notification(line("FAILURE", "Invalid phone number", numberOfMessageParts=3)))
    assert (report.receipt.segments, report.receipt.price, report.receipt.currency) == (3, Decimal("0.00645"), "USD")


@pytest.mark.parametrize("message", [
    "", "hello", "[]", "7", "{}", "[" * 5000, event("TEXT_NEW"), event("MEDIA_DELIVERED"), event(["TEXT_DELIVERED"]), event("TEXT_DELIVERED", messageId=None),
    event("TEXT_DELIVERED", messageId="a\u0000"), '{"status": "SUCCESS"}', '{"status": ["SUCCESS"]}', '{"detail": []}', '{"notification": 1, "delivery": 2, "status": "FAILURE"}',
])  # fmt: skip
def test_what_is_no_report_says_nothing(amazon, message):
    assert read(notification(message)) == []


@pytest.mark.parametrize("more", [{"totalMessagePrice": "0.1"}, {"totalMessagePrice": None}, {"totalMessagePrice": True}, {"totalMessageParts": "2"}, {"totalMessageParts": True}])  # fmt: skip
def test_a_price_or_a_number_of_parts_that_is_none_is_left_out(amazon, more):
    [report] = read(notification(event("TEXT_DELIVERED", **more)))
    assert (report.receipt.price, report.receipt.segments, report.receipt.currency) == (None, None, "")


# The configuration


@pytest.mark.parametrize(("options", "option"), [
    ({"region": ""}, "region"), ({"region": "eu-central-1.evil.com/"}, "region"), ({"region": "Frankfurt"}, "region"), ({"secret_key": ""}, "access_key"),
    ({"access_key": ""}, "access_key"), ({"sender": "more than eleven"}, "sender"), ({"sender": "123"}, "sender"), ({"max_price": "cheap"}, "max_price"),
    ({"max_price": "-1"}, "max_price"), ({"max_price": "NaN"}, "max_price"), ({"message_type": "transactional"}, "message_type"), ({"report_topic": "reports"}, "report_topic"),
    ({"report_topic": TOPIC.replace(":sns:", ":sqs:")}, "report_topic"), ({"url": "sns.eu-central-1.amazonaws.com"}, "url"),
])  # fmt: skip
def test_a_wrong_option_is_named(options, option):
    [error] = SMSBackend(**{**KEYS, **options}).check()
    assert (error.id, error.msg) == ("loginradius_passwordless.E005", f"The SNS backend has no usable {option}.")


def test_right_options_are_accepted_and_stay_out_of_repr():
    backend = SMSBackend(**KEYS, session_token=KEY, sender="Shop", max_price="0.10", report_topic=TOPIC)
    assert list(backend.check()) == []
    assert_nothing_is_told(repr(backend))


def test_without_the_package_the_check_names_the_extra(monkeypatch):
    sns._surroundings.cache_clear()
    monkeypatch.setitem(__import__("sys").modules, "botocore.session", None)
    [error] = SMSBackend(**KEYS).check()
    assert "[sns]" in error.hint
