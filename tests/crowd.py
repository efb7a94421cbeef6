"""Many devices that wait at once, each as the package's own client does, in one thread."""

import asyncio
import json
import re
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from .running import API_KEY, RunningSite

INTERVAL = 5.0  # seconds from one look to the next, where they do not last longer by themselves
PATIENCE = 60.0

AT_ONCE = 500

# Customers with an address each, and a smart login that each of them has started.
START = """
from django.contrib.auth import get_user_model
from django.db import transaction
from loginradius_passwordless.flows import callers, smart
from loginradius_passwordless.flows.steps import Visitor
from loginradius_passwordless.identifiers import parse_email
from loginradius_passwordless.models import Customer, Identifier
from loginradius_passwordless.models.customer import identity_key
from loginradius_passwordless.models.database import Now

people = [parse_email(email) for email in {emails}]
User = get_user_model()
with transaction.atomic():
    User.objects.bulk_create(User(username=person.value, email=person.value) for person in people)
    users = User.objects.in_bulk([person.value for person in people], field_name="username")
    Customer.objects.bulk_create(Customer(user=user, registered_by="email", logins=1) for user in users.values())
    customers = {{row.user.email: row for row in Customer.objects.filter(user__in=users.values()).select_related("user")}}
    Identifier.objects.bulk_create(
        Identifier(
            customer=customers[person.value], kind="email", value=person.value, canonical=person.canonical,
            proven_key=identity_key(person), verified_at=Now(),
        )
        for person in people
    )
    caller = callers.identify(Visitor(), api_key="{api_key}")
    for person in people:
        smart.start(caller, person=person, client_guid="device-of-" + person.value)
"""
COUNT_TOKENS = """
from loginradius_passwordless.models import AccessToken
tokens = AccessToken.objects.filter(customer__user__username__startswith="{name}")
print(tokens.count(), tokens.values("customer").distinct().count())
"""


class Client:
    """Calls a running site over HTTP/1.0, a connection for each call, and counts how it answers."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.statuses: Counter[int] = Counter()
        self.broken = 0  # connections that ended without an answer

    @asynccontextmanager
    async def open(self, path: str, token: str = "", **query: Any) -> AsyncIterator[tuple[int, asyncio.StreamReader]]:
        """Send a GET, and yield the status and what is left to read."""
        head = f"GET /{path}?{urlencode(query)} HTTP/1.0\r\nHost: 127.0.0.1:{self.port}\r\n"
        authorization = f"Authorization: Bearer {token}\r\n" if token else ""
        async with asyncio.timeout(PATIENCE):
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            writer.write(f"{head}{authorization}\r\n".encode())
            async with asyncio.timeout(PATIENCE):
                status_line = await reader.readline()
                while (await reader.readline()).strip():
                    pass
            if not status_line:
                raise ConnectionResetError("closed without an answer")
            status = int(status_line.split()[1])
            self.statuses[status] += 1
            yield status, reader
        finally:
            writer.close()

    async def get(self, path: str, token: str = "", **query: Any) -> tuple[int, bytes]:
        async with self.open(path, token, **query) as (status, reader):
            return status, await reader.read()

    async def call(self, path: str, token: str = "", **query: Any) -> dict[str, Any]:
        """Call the API and return the answer's body, whatever its status."""
        _status, body = await self.get(f"identity/v2/{path}", token, apikey=API_KEY, **query)
        return dict(json.loads(body))


@dataclass
class Device:
    """One device, whose login was started: it waits in one of the two ways, and claims when it is told to."""

    client: Client
    email: str
    by_events: bool
    login: dict[str, Any] = field(default_factory=dict)
    waits: int = 0
    decided_at = 0.0
    signed_in_at = 0.0

    @property
    def guid(self) -> str:
        return f"device-of-{self.email}"

    @property
    def is_signed_in(self) -> bool:
        """Whether it has a token, and that of the customer who was mailed."""
        return bool(self.login) and [entry["Value"] for entry in self.login["Profile"]["Email"]] == [self.email]

    async def ping(self, **query: Any) -> dict[str, Any]:
        return await self.client.call("auth/login/smartlogin/ping", clientguid=self.guid, **query)

    async def wait(self) -> None:
        """Wait until it is signed in."""
        while not self.login:
            began = time.monotonic()
            try:
                self.waits += 1
                if await (self._hears() if self.by_events else self._is_told()):
                    self.decided_at = self.decided_at or time.monotonic()
                    answer = await self.ping()
                    if "access_token" in answer:
                        self.login, self.signed_in_at = answer, time.monotonic()
                        return
            except (OSError, ValueError):  # a connection that broke; what is no JSON
                self.client.broken += 1
            await asyncio.sleep(began + INTERVAL - time.monotonic())

    async def _is_told(self) -> bool:
        return bool((await self.ping(wait=25, claim="false")).get("IsDecided"))

    async def _hears(self) -> bool:
        path, query = "identity/v2/auth/login/smartlogin/events", {"clientguid": self.guid, "claim": "false"}
        async with self.client.open(path, apikey=API_KEY, **query) as (_status, reader):
            async for line in reader:
                if line == b"event: decided\n":
                    return True
        return False


class Crowd:
    """The devices of as many customers, whose logins it starts; half of them wait in each way."""

    def __init__(self, site: RunningSite, size: int, name: str = "customer") -> None:
        self.site, self.size, self.name = site, size, name
        self.client = Client(site.port)
        self.devices = [Device(self.client, f"{name}{number}@example.com", bool(number % 2)) for number in range(size)]
        self.waits: dict[str, asyncio.Task[None]] = {}
        emails = [device.email for device in self.devices]
        for some in (emails[first : first + AT_ONCE] for first in range(0, size, AT_ONCE)):
            site.manage("shell", "-c", START.format(emails=some, api_key=API_KEY))

    async def wait(self, per_second: float) -> None:
        """Let everybody wait, one after the other."""
        async for device in steadily(self.devices, per_second):
            self.waits[device.email] = asyncio.create_task(device.wait())

    async def links(self) -> dict[str, str]:
        """The secret of everybody's link, by address, as soon as all were mailed."""
        links: dict[str, str] = {}
        async with asyncio.timeout(PATIENCE):
            while len(links) < self.size:
                await asyncio.sleep(0.1)
                mails = [json.loads(mail.read_text("utf-8")) for mail in self.site.inbox.glob("*.json")]
                mine = [mail for mail in mails if mail["to"].startswith(self.name)]
                links = {mail["to"]: re.findall(r"vtoken=([\w-]+)", mail["text"])[0] for mail in mine}
        return links

    async def leave(self) -> None:
        """Let nobody wait any longer."""
        for wait in self.waits.values():
            wait.cancel()
        await asyncio.gather(*self.waits.values(), return_exceptions=True)

    def tokens(self) -> tuple[int, int]:
        """How many access tokens the site has given out to this crowd, and to how many of its customers."""
        tokens, customers = self.site.manage("shell", "-c", COUNT_TOKENS.format(name=self.name)).split()[-2:]
        return int(tokens), int(customers)


async def approve(client: Client, link: str) -> None:
    """Open a link, as a page of the application's own does."""
    answer = await client.call("auth/email/smartlogin", verificationtoken=link)
    assert answer.get("IsVerified") is True, answer


async def steadily(things: Iterable[Any], per_second: float) -> AsyncIterator[Any]:
    """Yield so many a second, whatever happens between two of them takes."""
    due = time.monotonic()
    for thing in things:
        await asyncio.sleep(due - time.monotonic())
        due += 1 / per_second
        yield thing
