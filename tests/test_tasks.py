"""Messages sent by Django's tasks, whatever engine runs them. The outbox is the truth; a task only says "look"."""

import subprocess
import sys
from importlib import import_module

import django
import pytest

from loginradius_passwordless.messages import deliver_due
from loginradius_passwordless.models import Message

from .conftest import code_from, start_phone
from .gateway import Gateway

pytestmark = pytest.mark.django_db(transaction=True)
PACKAGE = "django.tasks" if django.VERSION >= (6, 0) else "django_tasks"


@pytest.fixture
def engine(settings, site):
    def choose(name):
        settings.TASKS = {"default": {"BACKEND": f"{PACKAGE}.backends.{name}"}}
        site(SENDING="task")

    return choose


def test_an_engine_that_runs_at_once_sends_at_once(api, engine, sms_outbox):
    engine("immediate.ImmediateBackend")
    start_phone(api)
    assert code_from(sms_outbox[0])
    assert Message.objects.get().state == "sent"


def test_what_an_engine_loses_the_worker_sends(api, engine, sms_outbox):
    engine("dummy.DummyBackend")
    start_phone(api)
    assert sms_outbox == []
    assert deliver_due() == (1, 0)


def test_a_task_holds_no_more_than_the_number_of_a_row(api, engine):
    engine("dummy.DummyBackend")
    start_phone(api)
    [result] = import_module(PACKAGE).default_task_backend.results
    assert (list(result.args), result.kwargs) == ([Message.objects.get().pk], {})


def test_an_engine_that_is_down_costs_the_caller_nothing(api, settings, site, sms_outbox, caplog):
    settings.TASKS = {"default": {"BACKEND": "no.such.Engine"}}
    site(SENDING="task")
    start_phone(api)
    assert Message.objects.get().state == "pending"
    assert "Error calling" in caplog.text
    assert deliver_due() == (1, 0)


def test_a_real_engine_sends_and_comes_back_when_the_next_try_is_due(make_site, tmp_path):
    gateway = Gateway()
    gateway.mode = "error"
    running = make_site(
        environment={"DJANGO_SETTINGS_MODULE": "tests.settings_with_tasks"},
        PASSWORDLESS={"SMS_PROVIDERS": {"gateway": gateway.described()}, "SENDING": "task"},
    )
    running.start_server()
    worker = subprocess.Popen([sys.executable, "manage.py", "db_worker", "--interval", "0.1"], env=running.environment)
    try:
        running.start_phone("+14155550123")
        wait_for(lambda: gateway.asked)
        gateway.mode = "well"
        wait_for(lambda: gateway.taken)
    finally:
        worker.terminate()
        worker.wait(timeout=10)
        gateway.close()
    assert {body["to"] for body in gateway.taken} == {"+14155550123"}


def wait_for(condition, seconds=20):
    import time

    ends_at = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < ends_at
        time.sleep(0.1)
