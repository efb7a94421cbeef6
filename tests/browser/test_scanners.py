"""Machines that open links before people do: mail scanners, previews, prefetchers, and bots that press buttons."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import cycle, permutations

import pytest
import requests
from django.contrib.auth import get_user_model
from django.test import Client

from loginradius_passwordless.models import Event

from ..conftest import customer_of, error_code, fields_of, link_from, new_guid, ping
from .machines import bots, get, head, numbers_behind, pick, prefetch, run

TIMES = 3
OF_EACH_KIND = 25
PENDING, DENIED = 1139, 1143
NUMBERS = {"matchnumber": "true"}


@dataclass(frozen=True)
class Attempt:
    """A login that waits: what its device knows, and the link in its mail."""

    guid: str
    number: int | None
    link: str


@pytest.fixture
def start(open_page, demo, mailbox, site) -> Callable[..., list[Attempt]]:
    """Start logins of as many people, in turn by one-touch and by smart login."""
    site(STARTS_PER_HOUR_PER_ADDRESS=9999)

    def start_one(is_smart: bool, query: dict[str, str]) -> Attempt:
        guid = new_guid()
        email = f"{guid}@example.com"
        path = "auth/onetouchlogin/email"
        if is_smart:
            customer_of(get_user_model().objects.create(username=guid, email=email), email)
            path = "auth/login/smartlogin"
        answer = demo.post(path, {"email": email, "clientguid": guid, **query})
        return Attempt(guid, answer.json().get("MatchNumber"), link_from(mailbox[-1]))

    return lambda count, **query: [start_one(bool(index % 2), query) for index in range(count)]


@pytest.fixture
def outcomes(demo) -> Callable[[list[Attempt]], set[int]]:
    """What the devices of these logins are told: 200 for those that are signed in, else the error's code."""

    def told(attempt: Attempt) -> int:
        answer = ping(demo, attempt.guid)
        return 200 if answer.status_code == 200 else error_code(answer)

    return lambda attempts: {told(attempt) for attempt in attempts}


def approve(attempt: Attempt) -> None:
    """What a person does who has the asking device before her eyes."""
    person = Client(enforce_csrf_checks=True)
    page = person.get(attempt.link, follow=True)
    number = {} if attempt.number is None else {"number": attempt.number}
    answer = person.post(page.request["PATH_INFO"], {**fields_of(page), **number, "decision": "approve"})
    assert b"The other device is signed in" in answer.content


def test_twelve_scanner_visits_leave_the_link_to_the_person(open_page, mailed_link, demo):
    link, guid = mailed_link()
    sandbox = open_page()
    for _visit in range(TIMES):
        get(link)
        head(link)
        prefetch(link)
        sandbox.goto(link, wait_until="networkidle")  # it runs whatever the page runs
        assert error_code(ping(demo, guid)) == PENDING
    person = open_page(link)
    person.get_by_role("button", name="It's me").click()
    person.get_by_role("heading", name="The other device is signed in").wait_for()
    assert ping(demo, guid).json()["Profile"]["Email"] == [{"Type": "Primary", "Value": "alice@example.com"}]


@pytest.mark.parametrize("query", [{}, NUMBERS], ids=["plain", "numbers"])
def test_of_75_links_that_scanners_open_none_is_approved_and_all_are_left_to_people(start, outcomes, open_page, query):
    attempts, sandbox = start(3 * OF_EACH_KIND, **query), open_page()
    visits = cycle([get, head, lambda link: run(sandbox, link)])
    for attempt, visit in zip(attempts, visits, strict=False):
        visit(attempt.link)
    assert outcomes(attempts) == {PENDING}
    for attempt in attempts:
        approve(attempt)


def test_of_25_bots_that_press_every_button_but_do_not_know_the_number_none_approves(start, outcomes, open_page):
    attempts = start(OF_EACH_KIND, **NUMBERS)
    for attempt, press_everything in zip(attempts, cycle(bots(open_page())), strict=False):
        press_everything(attempt.link)
    # "It's me" did nothing, so that each of them came to "Not me".
    assert outcomes(attempts) == {DENIED}


def test_the_same_bots_do_approve_where_no_number_is_asked(start, outcomes, open_page):
    """What number match is for, and that these bots do press: those that come to "It's me" first."""
    last_button_first = list(bots(open_page()))[3:6]
    attempts = start(len(last_button_first))
    for attempt, press_everything in zip(attempts, last_button_first, strict=True):
        press_everything(attempt.link)
    assert outcomes(attempts) == {200}


def test_a_machine_that_guessed_a_wrong_number_does_not_guess_again(start, outcomes):
    attempts = start(6, **NUMBERS)
    for attempt, places in zip(attempts, permutations(range(3)), strict=True):
        numbers = [numbers_behind(attempt.link)[place] for place in places]
        numbers.remove(str(attempt.number))
        answers = [pick(attempt.link, number) for number in [*numbers, attempt.number]]
        assert [answer.status_code for answer in answers] == [403] * 3
    assert outcomes(attempts) == {DENIED}


def test_a_machine_that_guesses_all_three_at_once_has_guessed_once(start):
    attempts = start(6, **NUMBERS)
    with ThreadPoolExecutor(3) as machines:
        for attempt in attempts:
            list(machines.map(pick, [attempt.link] * 3, numbers_behind(attempt.link)))
    guesses = Event.objects.filter(name__in=["link_approved", "wrong_number"])
    assert guesses.values("attempt").distinct().count() == guesses.count() == len(attempts)


@pytest.mark.parametrize("submit", ["submit", "requestSubmit"])
def test_a_machine_that_submits_every_form_it_finds_approves_nothing(open_page, mailed_link, demo, submit):
    link, guid = mailed_link()
    sandbox = open_page(link)
    with sandbox.expect_response(lambda answer: answer.request.method == "POST") as posted:
        sandbox.evaluate(f"document.forms[0].{submit}()")
    assert posted.value.status == 200
    assert error_code(ping(demo, guid)) == PENDING
    person = open_page(link)
    person.get_by_role("button", name="It's me").click()
    person.get_by_role("heading", name="The other device is signed in").wait_for()
    assert ping(demo, guid).status_code == 200


def test_a_machine_cannot_post_what_it_never_saw(live_server, mailed_link, demo):
    link, guid = mailed_link()
    with requests.Session() as scanner:
        scanner.get(link, timeout=10)
        answer = scanner.post(f"{live_server.url}/signin/link/", {"decision": "approve"}, timeout=10)
    assert answer.status_code == 403
    assert error_code(ping(demo, guid)) == PENDING
