"""Metrics: what they count, who may read them, and that several processes agree."""

import os
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError
from prometheus_client import REGISTRY, Counter, Histogram
from prometheus_client.parser import text_string_to_metric_families

from loginradius_passwordless import outboxes
from loginradius_passwordless.catalog import MessageChannel
from loginradius_passwordless.messages import deliver_due
from loginradius_passwordless.metrics import instruments
from loginradius_passwordless.metrics.outbox_collector import OutboxCollector, register
from loginradius_passwordless.models import Message
from loginradius_passwordless.models.attempt import Flow
from loginradius_passwordless.models.backlog import Backlog
from loginradius_passwordless.models.event import EventName

from .conftest import code_from, error_code, ping, start_email, start_phone
from .running import ROOT

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.urls("tests.urls_with_metrics")]
TOKEN = "a-token-of-prometheus-0001"
PREFIX = "loginradius_passwordless_"
PHONE = "+14155550123"
# What labels may say, each with its values: none is a person's, and none is the key of a row.
KNOWN = {
    *(("event", name) for name in EventName.values),
    *(("flow", flow) for flow in Flow.values),
    *(("channel", channel) for channel in MessageChannel.values),
    *(("outcome", outcome) for outcome in ("queued", "sent")),
    *(("provider", provider) for provider in ("", "memory", "django.core.mail.backends.locmem")),
    ("code", "1067"),
}


@pytest.fixture
def scrape(client, site):
    """Read the metrics as Prometheus does: every sample by its name and labels."""
    site(METRICS_TOKEN=TOKEN)

    def read():
        answer = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
        assert answer.status_code == 200
        assert answer["Cache-Control"] == "no-store"
        return samples(answer.content.decode())

    return read


def samples(text):
    return {
        (sample.name.removeprefix(PREFIX), *sorted(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name.startswith(PREFIX) and not sample.name.endswith("_created")
    }


def grown(before, after):
    """What is more than it was."""
    return {key: after[key] - before.get(key, 0) for key in after if after[key] != before.get(key, 0)}


# Who may read them


def test_without_a_token_in_the_settings_nobody_reads_them(client):
    assert client.get("/metrics").status_code == 404
    assert client.get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", f"Bearer {TOKEN}x", f"Basic {TOKEN}", TOKEN, "Bearer ä"])
def test_nobody_reads_them_without_the_token(client, site, header):
    site(METRICS_TOKEN=TOKEN)
    answer = client.get("/metrics", headers={"Authorization": header} if header else {})
    assert (answer.status_code, answer["WWW-Authenticate"], answer.content) == (401, "Bearer", b"")


def test_a_token_in_the_query_is_none(client, site):
    site(METRICS_TOKEN=TOKEN)
    assert client.get("/metrics", {"token": TOKEN, "access_token": TOKEN}).status_code == 401


def test_metrics_are_only_read(client, site):
    site(METRICS_TOKEN=TOKEN)
    assert client.post("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 405


def test_a_short_token_is_a_mistake(site):
    from loginradius_passwordless.checks.values import check_settings

    site(METRICS_TOKEN="short")
    assert [message.id for message in check_settings(None)] == ["loginradius_passwordless.E002"]


# What they count


def test_a_login_is_counted(api, sms_outbox, scrape):
    before = scrape()
    start_phone(api)
    assert error_code(api.put("auth/onetouchlogin/phone/verify", {"phone": PHONE}, otp="x")) == 1067
    api.put("auth/onetouchlogin/phone/verify", {"phone": PHONE}, otp=code_from(sms_outbox[0]))
    more = grown(before, scrape())
    assert more["starts_total", "one_touch", "sms"] == more["sign_ins_total", "one_touch", "sms"] == 1
    assert more["refusals_total", "1067"] == 1
    assert more["messages_total", "memory", "sent", "sms"] == 2
    assert more["message_sending_seconds_count", "sms"] == 2
    assert more["events_total", "registered"] == 1


def test_what_is_rolled_back_is_not_counted(api, sms_outbox, scrape):
    from loginradius_passwordless import signals

    def veto(**told):
        raise PermissionError

    start_phone(api)
    before = scrape()
    signals.customer_registered.connect(veto)
    api.client.raise_request_exception = False
    try:
        api.put("auth/onetouchlogin/phone/verify", {"phone": PHONE}, otp=code_from(sms_outbox[0]))
    finally:
        signals.customer_registered.disconnect(veto)
    assert grown(before, scrape()) == {("refusals_total", "950"): 1}


def test_a_wait_is_measured(api, mailbox, scrape, site):
    site(WAITING_THREADS=1)
    guid = start_email(api)
    before = scrape()
    api.client.defaults["wsgi.multithread"] = True
    ping(api, guid, wait="1")
    more = grown(before, scrape())
    assert more[("ping_wait_seconds_count",)] == 1
    assert 0.9 < more["ping_wait_seconds_sum",] < 5


def test_the_outbox_is_read_from_the_database_when_somebody_asks(api, mailbox, sms_outbox, scrape, site, later):
    site(SENDING="worker", RESEND_GAP=0)
    assert scrape()["outbox_waiting", "email", "messages"] == 0
    start_email(api)
    start_email(api, "bob@example.com")
    later(minutes=2)
    start_phone(api)
    now = scrape()
    assert now["outbox_waiting", "email", "messages"] == now["outbox_late", "email", "messages"] == 2
    assert (now["outbox_waiting", "messages", "sms"], now["outbox_late", "messages", "sms"]) == (1, 0)
    assert 120 <= now["outbox_lag_seconds", "email", "messages"] < 130
    assert 0 <= now["outbox_lag_seconds", "messages", "sms"] < 10
    deliver_due()
    now = scrape()
    assert now["outbox_waiting", "email", "messages"] == now["outbox_lag_seconds", "email", "messages"] == 0


def test_the_lag_of_a_dead_worker_does_not_end_with_the_lifetime_of_a_code(api, mailbox, scrape, site, later):
    site(SENDING="worker")
    start_email(api)
    later(hours=3)
    assert scrape()["outbox_lag_seconds", "email", "messages"] >= 3 * 3600
    deliver_due()
    now = scrape()
    assert now["outbox_lag_seconds", "email", "messages"] == 0
    assert now["outbox_lost", "abandoned", "email", "messages"] == 1
    later(days=1)
    assert scrape()["outbox_lost", "abandoned", "email", "messages"] == 0


def test_a_message_that_waits_for_its_next_try_waits_and_has_no_lag(api, sms_outbox, scrape, site):
    site(SENDING="worker")
    start_phone(api)
    Message.objects.get().try_again("busy", after=60) if Message.objects.update(tries=1) else None
    now = scrape()
    assert (now["outbox_waiting", "messages", "sms"], now["outbox_lag_seconds", "messages", "sms"]) == (1, 0)


def test_another_outbox_is_one_more_source(scrape, monkeypatch, capsys):
    webhooks = Backlog("webhooks", waiting=7, late=3, lag=125.4, lost={"dead": 2})
    monkeypatch.setattr(outboxes, "SOURCES", [*outboxes.SOURCES, lambda: [webhooks]])
    now = scrape()
    assert (now["outbox_waiting", "", "webhooks"], now["outbox_lost", "", "dead", "webhooks"]) == (7, 2)
    with pytest.raises(CommandError):
        call_command("doctor")
    out = capsys.readouterr().out
    assert "outbox of webhooks: 7 waiting, 3 for over a minute, the oldest that is due for 125 s" in out
    assert "not delivered of webhooks: 2 in a day (2 dead)" in out


def test_a_database_that_does_not_answer_takes_the_gauges_and_not_the_counters(api, sms_outbox, scrape, monkeypatch):
    def fail():
        raise DatabaseError

    start_phone(api)
    monkeypatch.setattr(outboxes, "SOURCES", [fail])
    now = scrape()
    assert now["starts_total", "one_touch", "sms"] >= 1
    assert not [key for key in now if key[0].startswith("outbox_")]


def test_no_label_is_about_somebody(api, mailbox, sms_outbox, scrape):
    def found():
        families = (family for family in REGISTRY.collect() if family.name.startswith(PREFIX))
        return {(one.name, *sorted(one.labels.items())): one.value for family in families for one in family.samples}

    before = found()
    start_phone(api)
    ping(api, start_email(api))
    code = code_from(sms_outbox[0])
    assert error_code(api.put("auth/onetouchlogin/phone/verify", {"phone": PHONE}, otp="x")) == 1067
    assert api.put("auth/onetouchlogin/phone/verify", {"phone": PHONE}, otp=code).status_code == 200
    changed = [label for _name, *labels in grown(before, found()) for label in labels]
    assert {name for name, _value in changed} >= {"event", "flow", "channel", "code", "provider", "outcome"}
    strangers = [label for label in changed if label not in KNOWN and label[0] != "le"]
    assert not strangers


def test_registering_needs_no_database_and_happens_once(django_assert_num_queries):
    with django_assert_num_queries(0):
        register()
        register()
    names = [family.name for family in REGISTRY.collect() if family.name == f"{PREFIX}outbox_waiting"]
    assert len(names) == 1


def test_a_scrape_costs_two_queries_an_outbox(django_assert_num_queries, shop):
    with django_assert_num_queries(4):
        found = outboxes.backlogs()
    assert {one.outbox for one in found} == {"messages", "webhooks"}


def test_the_page_of_django_prometheus_has_them_too(api, sms_outbox, rf):
    exports = pytest.importorskip("django_prometheus.exports", reason="it takes no Django 6.1 yet")
    start_phone(api)
    there = samples(exports.ExportToDjangoView(rf.get("/")).content.decode())
    assert there["outbox_waiting", "messages", "sms"] == 0
    assert there["starts_total", "one_touch", "sms"] >= 1


def test_every_metric_is_in_the_table_of_the_documentation():
    page = (ROOT / "docs/howto/observability.md").read_text("utf-8").partition("| Metric | Labels |")[2]
    listed = {
        name: set(re.findall(r"`(\w+)`", labels))
        for name, labels in re.findall(r"^\| `(\w+)` \| ([^|]+) \|", page, re.MULTILINE)
    }
    counted = [one for one in vars(instruments).values() if isinstance(one, Counter | Histogram)]
    known = {
        f"{one._name.removeprefix(PREFIX)}{'_total' if isinstance(one, Counter) else ''}": set(one._labelnames)
        for one in counted
    }
    known |= {one.name.removeprefix(PREFIX): set(one._labelnames) for one in OutboxCollector().describe()}
    assert listed == known


# Without the extra, and in many processes


WITHOUT = """
import sys
sys.modules["prometheus_client"] = None
import django
from django.conf import settings
import os
os.environ["DJANGO_SETTINGS_MODULE"] = "example_project.settings"
{more}
django.setup()
import loginradius_passwordless.urls
print(sorted(name for name in sys.modules if name.startswith("loginradius_passwordless.metrics")))
"""


def run(script):
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "COV"))}
    return subprocess.run([sys.executable, "-c", script], cwd=ROOT, env=environment, capture_output=True, text=True, check=False)  # fmt: skip


def test_a_site_without_the_extra_imports_nothing_of_it():
    done = run(WITHOUT.format(more=""))
    assert (done.returncode, done.stdout.strip()) == (0, "[]"), done.stderr


def test_a_site_that_lists_the_metrics_without_the_extra_is_told_what_to_install():
    done = run(WITHOUT.format(more='settings.INSTALLED_APPS.append("loginradius_passwordless.metrics")'))
    assert "pip install loginradius-passwordless[prometheus]" in done.stderr


def test_several_processes_agree(make_site, tmp_path):
    folder = tmp_path / "counts"
    folder.mkdir()
    environment = {"DJANGO_SETTINGS_MODULE": "tests.settings_with_metrics", "PROMETHEUS_MULTIPROC_DIR": str(folder), "WEB_CONCURRENCY": "3"}  # fmt: skip
    site = make_site(environment=environment, PASSWORDLESS={"METRICS_TOKEN": TOKEN, "SENDING": "worker"})
    site.start_server()

    def read():
        request = urllib.request.Request(f"{site.url}metrics", headers={"Authorization": f"Bearer {TOKEN}"})
        with urllib.request.urlopen(request, timeout=10) as answer:
            return samples(answer.read().decode())

    with pytest.raises(urllib.error.HTTPError, match="401"):
        urllib.request.urlopen(f"{site.url}metrics", timeout=10)
    for number in range(12):
        site.start_email(f"person{number}@example.com")
    time.sleep(0.2)
    found = [read() for _time in range(6)]
    assert {one["starts_total", "email", "one_touch"] for one in found} == {12}
    assert {one["outbox_waiting", "email", "messages"] for one in found} == {12}
    assert len(list(folder.glob("counter_*.db"))) >= 2, "one process did everything"
    assert "12 waiting" in site.manage("doctor")
    site.manage("send_messages")
    assert read()["outbox_waiting", "email", "messages"] == 0
    assert read()["messages_total", "email", "example_project.inbox", "sent"] == 12
