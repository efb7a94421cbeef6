"""The log of events: one record for what happened, once it is true, in fields that any formatter writes, free of secrets."""

import io
import json
import logging
import re
from pathlib import Path

import pytest
import structlog
from django.core.management import call_command
from django.db import connection, transaction
from pythonjsonlogger.json import JsonFormatter

from loginradius_passwordless import journal
from loginradius_passwordless.backends import DeliveryFailed
from loginradius_passwordless.backends.sms import locmem
from loginradius_passwordless.messages import deliver_due, routing
from loginradius_passwordless.models import Customer, Event, LoginAttempt, Message
from loginradius_passwordless.models.event import EventName

from .conftest import code_from, link_from, ping, press, start_email, start_phone
from .gateway import Gateway

pytestmark = pytest.mark.django_db(transaction=True)
PAGE = Path(__file__).resolve().parent.parent / "docs/howto/observability.md"
PACKAGE = Path(journal.__file__).parent
VERIFY = "auth/onetouchlogin/phone/verify"
PHONE = "+14155550123"


@pytest.fixture
def told(caplog):
    """What was logged as events: the fields of each, oldest first."""
    caplog.set_level(logging.INFO, "loginradius_passwordless.events")
    usual = set(vars(logging.makeLogRecord({}))) | {"message", "asctime"}

    def read(*names):
        records = [record for record in caplog.records if record.name == "loginradius_passwordless.events"]
        fields = [{name: value for name, value in vars(record).items() if name not in usual} for record in records]
        return [one for one in fields if not names or one["event"] in names]

    return read


def test_a_login_is_told_step_by_step_with_the_keys_of_its_rows(shop, api, sms_outbox, told):
    start_phone(api)
    api.put(VERIFY, {"phone": PHONE}, otp="000000" if code_from(sms_outbox[0]) != "000000" else "000001")
    api.put(VERIFY, {"phone": PHONE}, otp=code_from(sms_outbox[0]))
    attempt, customer = LoginAttempt.objects.get(), Customer.objects.get()
    assert [one["event"] for one in told()] == [
        "login_started", "message_queued", "message_sent", "wrong_code", "refused", "registered", "phone_verified",
        "signed_in", "message_queued", "message_sent",
    ]  # fmt: skip
    signed_in = told("signed_in")[0]
    assert signed_in == {
        "event": "signed_in", "application": shop.pk, "flow": "one_touch", "channel": "sms", "attempt": attempt.pk,
        "customer": customer.pk,
    }  # fmt: skip
    sent = told("message_sent")[0]
    assert (sent["message_id"], sent["provider"], sent["kind"], sent["tries"]) == (
        Message.objects.earliest("pk").pk, "memory", "one_touch_login", 1,
    )  # fmt: skip
    assert 0 <= sent["seconds"] < 5
    refused = {"event": "refused", "error": 1067, "view": "VerifyCodeView", "application": shop.pk}
    assert told("refused") == [refused]


def test_the_log_has_what_the_table_of_events_has_and_nothing_else(api, person, mailbox, sms_outbox, told):
    guid = start_email(api)
    press(person, link_from(mailbox[0]), "approve")
    ping(api, guid)
    start_email(api, "bob@example.com")
    press(person, link_from(mailbox[-1]), "deny")
    of_the_table = set(EventName.values)
    logged = [
        (one["event"], one.get("attempt"), one.get("detail", "")) for one in told() if one["event"] in of_the_table
    ]
    assert logged == list(Event.objects.order_by("pk").values_list("name", "attempt", "detail"))
    assert len(logged) >= 6


def test_what_is_rolled_back_is_not_told(shop, told):
    with transaction.atomic():
        Event.objects.create(name=EventName.SIGNED_IN, application=shop)
        transaction.set_rollback(True)
    assert told() == []
    with transaction.atomic():
        Event.objects.create(name=EventName.SIGNED_IN, application=shop)
        assert told() == []
    assert [one["event"] for one in told()] == ["signed_in"]


def test_a_listener_that_raises_breaks_no_login(api, sms_outbox):
    def fail(**told):
        raise RuntimeError

    journal.happened.connect(fail)
    try:
        start_phone(api)
        assert api.put(VERIFY, {"phone": PHONE}, otp=code_from(sms_outbox[0])).status_code == 200
    finally:
        journal.happened.disconnect(fail)


def test_where_nobody_listens_nothing_is_put_together(shop, monkeypatch):
    logging.getLogger("loginradius_passwordless.events").setLevel(logging.WARNING)
    monkeypatch.setattr(journal, "happened", type(journal.happened)())
    monkeypatch.setattr(journal, "tell_now", None)
    try:
        with transaction.atomic():
            Event.objects.create(name=EventName.SIGNED_IN, application=shop)
            assert not connection.run_on_commit
    finally:
        logging.getLogger("loginradius_passwordless.events").setLevel(logging.NOTSET)


def test_what_becomes_of_a_message_is_told_once_each(api, site, told, later):
    first, second = Gateway(), Gateway()
    routing._failures.clear()
    site(
        SMS_PROVIDERS={"first": first.described(), "second": second.described()}, RESEND_GAP=0, SENDS_PER_TEN_MINUTES=9
    )
    try:
        first.mode = "overloaded"
        start_phone(api)
        failed = {"event": "provider_failed", "channel": "sms", "provider": "first", "in_a_row": 1}
        assert told("provider_failed") == [failed]
        assert [one["provider"] for one in told("message_sent")] == ["second"]
        second.mode = "overloaded"
        for _time in range(2):
            start_phone(api)
        assert [one["provider"] for one in told("provider_left_alone")] == ["first"]
        assert len(told("message_delayed")) == 2
        later(minutes=11)
        deliver_due()
        abandoned = {"event": "message_abandoned", "channel": "sms", "count": 2, "reason": "expired"}
        assert told("message_abandoned") == [abandoned]
        first.mode = "refuse"
        routing._alone_until.clear()
        start_phone(api)
        assert [one["provider"] for one in told("message_failed")] == ["first"]
    finally:
        first.close()
        second.close()
        routing._failures.clear()
        routing._alone_until.clear()


def test_a_report_is_told_once_however_often_it_comes(api, sms_outbox, told):
    from loginradius_passwordless.models.message import Told

    start_phone(api)
    for _time in range(2):
        Message.objects.all().report(arrived=True, told=Told())
    assert [one["event"] for one in told()][-1:] == ["message_delivered"]
    assert len(told("message_delivered")) == 1


def test_a_refused_rate_says_which_one_it_was(api, mailbox, site, told):
    site(STARTS_PER_HOUR_PER_ADDRESS=1)
    start_email(api)
    api.post("auth/onetouchlogin/email", {"email": "bob@example.com", "clientguid": "0123456789abcdef"})
    assert [(one["error"], one["budget"]) for one in told("refused")] == [(429, "start")]


def test_a_device_that_waits_is_not_refused(api, mailbox, told):
    guid = start_email(api)
    ping(api, guid)
    assert told("refused") == []


def test_a_page_that_says_no_is_a_refusal_too(shop, person, told):
    person.get("/signin/link/?vtoken=" + "x" * 43, follow=True)
    assert [(one["error"], one["view"]) for one in told("refused")] == [(1063, "LinkView")]


# Formatters


@pytest.mark.parametrize("formatter", ["json", "structlog", "plain"])
def test_any_formatter_writes_the_fields(api, sms_outbox, formatter):
    made = {
        "json": lambda: JsonFormatter("%(asctime)s %(levelname)s %(name)s %(message)s"),
        "structlog": lambda: structlog.stdlib.ProcessorFormatter(
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(),
            ],
            foreign_pre_chain=[structlog.stdlib.ExtraAdder(), structlog.stdlib.add_logger_name],
        ),
        "plain": lambda: logging.Formatter("%(levelname)s %(message)s"),
    }[formatter]()
    stream, logger = io.StringIO(), logging.getLogger("loginradius_passwordless")
    handler = logging.StreamHandler(stream)
    handler.setFormatter(made)
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        start_phone(api)
        api.put(VERIFY, {"phone": PHONE}, otp=code_from(sms_outbox[0]))
    finally:
        logger.removeHandler(handler)
        logger.setLevel(logging.NOTSET)
    lines = stream.getvalue().splitlines()
    attempt = LoginAttempt.objects.get()
    if formatter == "plain":
        assert any(
            re.match(rf"INFO signed_in application=\d+ flow=one_touch channel=sms attempt={attempt.pk} ", line)
            for line in lines
        )
        return
    fields = [json.loads(line) for line in lines]
    found = next(
        one
        for one in fields
        if "signed_in" in {one.get("event"), one.get("message", "").split(" ")[0]}
        or one.get("event", "").startswith("signed_in")
    )
    assert (found["flow"], found["channel"], found["attempt"]) == ("one_touch", "sms", attempt.pk)


# The table in the documentation


def told_in_the_code():
    """The names of all events that the package tells."""
    texts = [path.read_text("utf-8") for path in PACKAGE.rglob("*.py")]
    literal = re.findall(r"""(?:tell|tell_now|_settle_each|_settle_own_try)\(\s*"(\w+)\"""", "\n".join(texts))
    return set(literal) | set(EventName.values)


def test_every_event_is_in_the_table_of_the_documentation():
    table = PAGE.read_text("utf-8").partition("| Event | Fields |")[2].partition("\n\n")[0]
    listed = re.findall(r"^\| `(\w+)` \| `([\w`, ]+)` \| .{10,} \|$", table, re.MULTILINE)
    assert {name for name, _fields in listed} == told_in_the_code()
    assert len(listed) == len({name for name, _fields in listed})


def test_an_event_has_no_field_that_the_table_does_not_list(api, person, mailbox, sms_outbox, told, monkeypatch):
    def fail(self, sms):
        raise DeliveryFailed("the line is busy", permanent=False)

    listed = {
        name: set(re.findall(r"\w+", fields))
        for name, fields in re.findall(r"^\| `(\w+)` \| `([\w`, ]+)` \|", PAGE.read_text("utf-8"), re.MULTILINE)
    }
    start_phone(api)
    api.put(VERIFY, {"phone": PHONE}, otp=code_from(sms_outbox[0]))
    guid = start_email(api)
    press(person, link_from(mailbox[0]), "approve")
    ping(api, guid)
    monkeypatch.setattr(locmem.SMSBackend, "send", fail)
    start_phone(api, "+14155550124")
    call_command("purge_passwordless", verbosity=0)
    for one in told():
        assert set(one) - {"event"} <= listed[one["event"]], one
    assert {"message_delayed", "provider_failed", "link_approved"} <= {one["event"] for one in told()}
