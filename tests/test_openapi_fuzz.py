"""Calls that schemathesis draws from the OpenAPI document: no fault of ours, and no answer that it does not have.

A small number in every run. For a long one: OPENAPI_CASES=20000 pytest tests/test_openapi_fuzz.py -s
"""

import os
import random
from contextlib import suppress
from typing import Any

import hypothesis
import pytest
from hypothesis import HealthCheck, Phase
from hypothesis.errors import FlakyStrategyDefinition
from schemathesis.core.failures import FailureGroup

from .openapi_world import CHECKS, WITHOUT_LIMITS, World

CASES = int(os.environ.get("OPENAPI_CASES", "300"))
SEED = int(os.environ.get("OPENAPI_SEED", random.SystemRandom().randrange(10**6)))
STEPS = 12
SETTINGS = hypothesis.settings(
    database=None, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck), print_blob=False
)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world(site: Any, settings: Any, mailoutbox: Any) -> World:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    site(API_DOCS="always", **WITHOUT_LIMITS)
    return World(SEED)


def call(world: World, case: Any) -> Any:
    """Send one call, and hold its answer to the document; a fault waits for the end, as no call comes twice alike."""
    world.prepare(case)
    response = case.call()
    try:
        case.validate_response(response, checks=CHECKS)
    except FailureGroup as faults:
        for fault in faults.exceptions:
            kind = (case.operation.label, response.status_code, type(fault).__name__)
            world.faults.setdefault(kind, f"{fault}\n{response.text[:500]}\n{case.as_curl_command()}")
    world.learn(case, response)
    return response


def report(world: World) -> None:
    """Print what was called and what came of it; raise ``AssertionError`` where the document was wrong."""
    codes: dict[str, int] = {}
    for (_label, code), count in world.seen.items():
        codes[code] = codes.get(code, 0) + count
    assert not world.faults, "\n\n".join(f"{kind}: {fault}" for kind, fault in world.faults.items())
    print(f"\nseed {SEED}: {world.calls} calls of {len({label for label, _code in world.seen})} operations:", codes)


def test_every_operation_answers_what_the_document_says(world: World) -> None:
    operations = [operation.ok() for operation in world.schema().get_all_operations()]
    each = max(1, CASES // 2 // len(operations))
    for operation in operations:

        @hypothesis.seed(SEED)
        @hypothesis.settings(SETTINGS, max_examples=each)
        @hypothesis.given(case=operation.as_strategy())
        def calls(case: Any) -> None:
            call(world, case)

        calls()
    report(world)
    assert {label for label, _code in world.seen} == {operation.label for operation in operations}


def test_calls_that_follow_the_links_do_too(world: World) -> None:
    class Machine(world.schema().as_state_machine()):  # type: ignore[misc]
        def call(self, case: Any, **kwargs: Any) -> Any:
            return call(world, case)

        def validate_response(self, response: Any, case: Any, **kwargs: Any) -> None:
            """Done already, with the call."""

    chains = hypothesis.settings(SETTINGS, max_examples=max(2, CASES // 2 // STEPS), stateful_step_count=STEPS)
    while world.calls < CASES // 2:
        with suppress(FlakyStrategyDefinition):  # the same calls lead elsewhere in a world that has gone on
            Machine.run(settings=chains)
    report(world)
    assert ("POST /identity/v2/auth/onetouchlogin/phone", "200") in world.seen or CASES < 300
