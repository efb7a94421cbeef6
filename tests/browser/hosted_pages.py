"""The way to each of the hosted pages, as people come to them."""

import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mmdb_writer import MMDBWriter
from netaddr import IPSet
from playwright.sync_api import Page

from loginradius_passwordless.models import Application, LoginAttempt

from ..conftest import API_Client, link_from, new_guid

NUMBERS = {"matchnumber": "true"}
HERE, ELSEWHERE = "127.0.0.0/8", "198.51.100.7"
AGENT = "Mozilla/5.0 (Web0S; Linux/SmartTV) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/94.0.4606.128 Safari/537.36"


class Visit:
    """Somebody with a mailbox and a browser, and devices that ask for logins."""

    def __init__(self, page: Page, demo: API_Client, mailbox: Any, later: Callable[..., None]) -> None:
        self.page, self.demo, self.mailbox, self.later = page, demo, mailbox, later
        self.guid, self.number = "", 0

    def ask(self, **query: str) -> None:
        """Have a device ask for a login."""
        self.guid = new_guid()
        body = {"email": "alice@example.com", "clientguid": self.guid, **query}
        answer = self.demo.post("auth/onetouchlogin/email", body, headers={"User-Agent": AGENT})
        assert answer.status_code == 200, answer.content
        self.number = answer.json().get("MatchNumber", 0)

    def open(self, nth: int = -1) -> None:
        """Open the link in the last mail, or in another one."""
        self.page.goto(link_from(self.mailbox[nth]))

    def press(self, decision: str) -> None:
        self.page.locator(f"button[value={decision}]").click()
        self.page.locator(".mark").wait_for()

    def pick(self, *, is_right: bool) -> None:
        for radio in self.page.get_by_role("radio").all():
            if (radio.get_attribute("value") == str(self.number)) is is_right:
                radio.check()


def question(visit: Visit) -> None:
    visit.ask()
    visit.open()


def question_with_numbers(visit: Visit) -> None:
    visit.ask(**NUMBERS)
    visit.open()


def question_with_a_number_picked(visit: Visit) -> None:
    question_with_numbers(visit)
    visit.pick(is_right=True)


def question_with_its_number_missing(visit: Visit) -> None:
    question_with_numbers(visit)
    visit.page.locator("form").evaluate("form => { form.noValidate = true; }")  # as browsers do that know no "required"
    visit.page.locator("button[value=approve]").click()
    visit.page.get_by_role("alert").wait_for()


def question_from_another_network(visit: Visit) -> None:
    visit.ask()
    LoginAttempt.objects.update(asked_address=ELSEWHERE)
    visit.later(minutes=7)
    visit.open()


def question_from_another_country(visit: Visit) -> None:
    visit.ask(**NUMBERS)
    LoginAttempt.objects.update(asked_address=ELSEWHERE)
    visit.later(minutes=7)
    visit.open()


def question_with_a_logo(visit: Visit) -> None:
    Application.objects.update(logo=picture(360, 96))
    question(visit)


def question_with_long_names(visit: Visit) -> None:
    Application.objects.update(name="Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft")
    visit.ask(email=f"alice@{'subdomain.' * 20}example.com")
    LoginAttempt.objects.update(asked_address="2001:db8:85a3:1234:5678:8a2e:1370:7334")
    visit.open()


def approved(visit: Visit) -> None:
    question(visit)
    visit.press("approve")


def denied(visit: Visit) -> None:
    question(visit)
    visit.press("deny")


def denied_beside_others(visit: Visit) -> None:
    visit.ask()
    denied(visit)


def all_denied(visit: Visit) -> None:
    denied_beside_others(visit)
    visit.press("deny_others")


def wrong_number(visit: Visit) -> None:
    question_with_numbers(visit)
    visit.pick(is_right=False)
    visit.press("approve")


def wrong_number_beside_others(visit: Visit) -> None:
    visit.ask()
    visit.ask()
    wrong_number(visit)


def unknown_link(visit: Visit) -> None:
    visit.page.goto(f"/signin/link/?vtoken={'x' * 43}")


def expired_link(visit: Visit) -> None:
    visit.ask()
    visit.later(minutes=11)
    visit.open()


def used_link(visit: Visit) -> None:
    approved(visit)
    visit.open()


def denied_link(visit: Visit) -> None:
    denied(visit)
    visit.open()


def superseded_link(visit: Visit) -> None:
    for _time in range(4):
        visit.ask()
    visit.open(0)


def no_link(visit: Visit) -> None:
    visit.page.goto("/signin/link/")


PAGES: dict[str, Callable[[Visit], None]] = {
    way.__name__.replace("_", "-"): way
    for way in [
        question, question_with_numbers, question_with_a_number_picked, question_with_its_number_missing,
        question_from_another_network, question_from_another_country, question_with_a_logo, question_with_long_names,
        approved, denied, denied_beside_others, all_denied, wrong_number, wrong_number_beside_others,
        unknown_link, expired_link, used_link, denied_link, superseded_link, no_link,
    ]
}  # fmt: skip


def picture(width: int, height: int) -> bytes:
    """A PNG of one colour."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    pixels = zlib.compress((b"\0" + bytes([214, 64, 69]) * width) * height)
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def geoip_database(folder: Path) -> str:
    """Return the path of a GeoIP database in which the reader is in Japan, and the device that asked in Germany."""
    writer = MMDBWriter(ip_version=4, database_type="Test-City", languages=["en"])
    places = [
        (HERE, "JP", {"en": "Japan"}, {"en": "Tokyo"}, "Asia/Tokyo"),
        (f"{ELSEWHERE}/32", "DE", {"en": "Germany"}, {"en": "Cologne"}, "Europe/Berlin"),
    ]
    for network, code, country, city, zone in places:
        facts = {
            "country": {"iso_code": code, "names": country},
            "city": {"names": city},
            "location": {"time_zone": zone},
        }
        writer.insert_network(IPSet([network]), facts)
    file = folder / "city.mmdb"
    writer.to_db_file(str(file))
    return str(file)
