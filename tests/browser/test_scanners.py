"""Machines that open links before people do: mail scanners, previews, prefetchers."""

import pytest
import requests

from ..conftest import error_code, ping

TIMES = 3


def get(link: str) -> None:
    with requests.Session() as scanner:
        assert scanner.get(link, timeout=10).status_code == 200


def head(link: str) -> None:
    with requests.Session() as scanner:
        assert scanner.head(link, timeout=10, allow_redirects=True).status_code == 200


def prefetch(link: str) -> None:
    headers = {"Sec-Purpose": "prefetch", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    with requests.Session() as browser:
        assert browser.get(link, headers=headers, timeout=10).ok


def test_twelve_scanner_visits_leave_the_link_to_the_person(open_page, mailed_link, demo):
    link, guid = mailed_link()
    for _visit in range(TIMES):
        get(link)
        head(link)
        prefetch(link)
        open_page().goto(link, wait_until="networkidle")  # a sandbox that runs whatever the page runs
        assert error_code(ping(demo, guid)) == 1139
    person = open_page(link)
    person.get_by_role("button", name="It's me").click()
    person.get_by_role("heading", name="The other device is signed in").wait_for()
    assert ping(demo, guid).json()["Profile"]["Email"] == [{"Type": "Primary", "Value": "alice@example.com"}]


@pytest.mark.parametrize("submit", ["submit", "requestSubmit"])
def test_a_machine_that_submits_every_form_it_finds_approves_nothing(open_page, mailed_link, demo, submit):
    link, guid = mailed_link()
    sandbox = open_page(link)
    with sandbox.expect_response(lambda answer: answer.request.method == "POST") as posted:
        sandbox.evaluate(f"document.forms[0].{submit}()")
    assert posted.value.status == 200
    assert error_code(ping(demo, guid)) == 1139
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
    assert error_code(ping(demo, guid)) == 1139
