"""What waiting devices cost one process of a site, and how soon each of them is let in.

    make bench                                             500 devices, SQLite in a temporary folder
    python benchmarks/waiting_devices.py --devices 2000
    DATABASE_URL=postgres://… python benchmarks/waiting_devices.py

The example project under uvicorn, one process, with a Redis of its own. Existing customers start smart logins. Half of
their devices hold streams of events, half repeat long polls; each claims its token when it is told to, as the package's
own client does. Then the links are opened one after the other, in random order, so many a second.

Measured is how long other requests take meanwhile (a page and a profile in turn, each on a new connection), the memory
and the threads of the server, and how soon after its link was opened a device has its token. Fails when a device is
not let in, is let in twice or as somebody else, or when the site answers 5xx.

Measured on two cores shared by server, PostgreSQL, Redis and the crowd (2,000 devices, 5 links a second): 2,000 let in
as the right customer with 2,000 tokens, no 5xx; 62 KB a waiting device; other requests took 15 ms in the median with
nobody there, 16 ms while 20 arrived a second, 19 ms with all waiting and 16 ms while they were let in (p99 391 ms);
from the opened link to the token 33 ms (p99 703 ms).

On a database server all of this happens in a database of its own, which is dropped at the end.
"""

import argparse
import asyncio
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.crowd import Client, Crowd, approve, steadily  # noqa: E402
from tests.running import API_KEY, RunningSite  # noqa: E402
from tests.running_redis import BINARY, RunningRedis  # noqa: E402

ARRIVALS = 20.0  # devices that begin to wait in a second
ROOMY = 10**9
SETTINGS = {
    "LINK_LIFETIME": 4 * 3600,
    "ACCESS_TOKEN_LIFETIME": 4 * 3600,
    "STARTS_PER_HOUR_PER_ADDRESS": ROOMY,
}
CREATE = "connection.cursor().execute('CREATE DATABASE {name}')"
DROP = "connection.cursor().execute('DROP DATABASE {name}' + ' WITH (FORCE)' * (connection.vendor == 'postgresql'))"


@dataclass
class Phase:
    """What was measured while one thing went on."""

    name: str
    others: list[float] = field(default_factory=list)  # seconds that other requests took
    processor: float = 0.0  # the part of one that the server used
    memory: int = 0  # KB, at the end
    threads: int = 0


class Benchmark:
    """One crowd at one site."""

    def __init__(self, site: RunningSite, size: int, rate: float) -> None:
        self.site, self.size, self.rate = site, size, rate
        self.crowd, self.early = Crowd(site, size), Crowd(site, 50, "early")
        self.visitor = self.early.devices[0]  # whoever else uses the site meanwhile
        self.client = Client(site.port)
        self.phases: list[Phase] = []
        self.failures: Counter[str] = Counter()
        self.approvals: list[float] = []
        self.delays: list[float] = []

    async def run(self) -> None:
        devices, links = self.crowd.devices, await self.crowd.links()
        await self.warm_up()
        async with self.phase("nobody waits"):
            await asyncio.sleep(10)
        async with self.phase(f"{ARRIVALS:.0f} arrive a second"):
            await self.crowd.wait(ARRIVALS)
        async with self.phase("all wait"):
            await asyncio.sleep(30)  # every long poll is repeated once in that time
        assert not any(device.login for device in devices), "somebody was let in before the link was opened"
        async with self.phase(f"{self.rate:g} let in a second"):
            opened = await self.open_all(links)
            await asyncio.wait(self.crowd.waits.values(), timeout=60)
        let_in = [device for device in devices if device.login and device.email in opened]
        self.delays = [device.signed_in_at - opened[device.email] for device in let_in]
        await self.crowd.leave()

    async def warm_up(self) -> None:
        """Let some wait and leave, so that what is loaded once is not counted as the price of a device."""
        await self.early.wait(ARRIVALS)
        await approve(self.client, (await self.early.links())[self.visitor.email])
        await self.early.waits[self.visitor.email]
        await self.early.leave()

    async def open_all(self, links: dict[str, str]) -> dict[str, float]:
        """Open every link; return when each of these calls had ended."""
        opened: dict[str, float] = {}

        async def open_one(email: str) -> None:
            began = time.monotonic()
            with self.failures_counted():
                await approve(self.client, links[email])
                opened[email] = time.monotonic()
                self.approvals.append(opened[email] - began)

        async with asyncio.TaskGroup() as group:
            async for device in steadily(random.sample(self.crowd.devices, self.size), self.rate):
                group.create_task(open_one(device.email))
        return opened

    @asynccontextmanager
    async def phase(self, name: str) -> AsyncIterator[None]:
        """Measure other requests while something goes on, and the server's process at its end."""
        phase, server = Phase(name), self.site.server
        assert server
        others = asyncio.create_task(self.visit(phase.others))
        began, used = time.monotonic(), processor_time(server.pid)
        yield
        phase.processor = (processor_time(server.pid) - used) / (time.monotonic() - began)
        others.cancel()
        status = Path(f"/proc/{server.pid}/status").read_text()
        facts = dict(line.split(":\t", 1) for line in status.splitlines())
        phase.memory, phase.threads = int(facts["VmRSS"].split()[0]), int(facts["Threads"])
        self.phases.append(phase)

    async def visit(self, seconds: list[float]) -> None:
        """Use the site as somebody who is signed in, until told to stop."""
        while True:
            for path, query in (("tv/", {}), ("identity/v2/auth/account", {"apikey": API_KEY})):
                began = time.monotonic()
                with self.failures_counted():
                    await self.client.get(path, self.visitor.login["access_token"], **query)
                    seconds.append(time.monotonic() - began)
                await asyncio.sleep(0.05)

    @contextmanager
    def failures_counted(self) -> Iterator[None]:
        """Go on after a call that failed: what was measured is shown all the same, and then the benchmark fails."""
        try:
            yield
        except (AssertionError, OSError, ValueError) as error:
            self.failures[f"{type(error).__name__}: {error}"] += 1

    def check(self) -> None:
        """Hold that everybody was let in, once, as who they are."""
        right = sum(device.is_signed_in for device in self.crowd.devices)
        tokens, customers = self.crowd.tokens()
        statuses = self.crowd.client.statuses + self.client.statuses
        failures = sum(self.failures.values()) + self.crowd.client.broken
        print(f"\n{right} of {self.size} devices were let in as the right customer")
        print(f"{tokens} tokens for {customers} customers")
        print(f"answers by status: {dict(sorted(statuses.items()))}, failures: {failures} {dict(self.failures) or ''}")
        assert right == tokens == customers == self.size
        assert max(statuses) < 500
        assert not failures

    def show(self) -> None:
        print(f"{'':<22}{'other requests':>28}{'processor':>12}{'memory':>12}{'threads':>10}")
        for phase in self.phases:
            times = f"median {in_ms(phase.others, 50)}, p99 {in_ms(phase.others, 99)}"
            used = f"{phase.processor:>12.0%}{phase.memory / 1024:>9.1f} MB{phase.threads:>10}"
            print(f"{phase.name:<22}{times:>28}{used}")
        before, _arriving, waiting, _approving = self.phases
        print(f"\nmemory of a waiting device: {(waiting.memory - before.memory) / self.size:.1f} KB")
        for name, seconds in (("opening a link", self.approvals), ("from then to the token", self.delays)):
            print(f"{name}: median {in_ms(seconds, 50)}, p99 {in_ms(seconds, 99)}, worst {in_ms(seconds, 100)}")


def processor_time(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def in_ms(seconds: list[float], percent: int) -> str:
    ordered = sorted(seconds)
    return f"{ordered[(len(ordered) - 1) * percent // 100] * 1000:.0f} ms" if ordered else "–"


@contextmanager
def redis_of_our_own(folder: Path) -> Iterator[str]:
    if BINARY is None:
        if not os.environ.get("REDIS_URL"):
            sys.exit("There is no redis-server here: install one, or name a Redis that may be used in REDIS_URL.")
        yield os.environ["REDIS_URL"]
        return
    redis = RunningRedis(folder)
    redis.start()
    try:
        yield redis.url
    finally:
        redis.kill()


@contextmanager
def database_of_our_own(folder: Path) -> Iterator[str]:
    url = os.environ.get("DATABASE_URL", "sqlite")
    if url.startswith("sqlite"):
        yield f"sqlite:///{folder / 'site.sqlite3'}"
        return
    name = f"waiting_devices_{os.getpid()}"
    execute(url, CREATE.format(name=name))
    try:
        yield urlsplit(url)._replace(path=f"/{name}").geturl()
    finally:
        execute(url, DROP.format(name=name))


def execute(url: str, statement: str) -> None:
    command = [sys.executable, "manage.py", "shell", "-v", "0", "-c", f"from django.db import connection; {statement}"]
    subprocess.run(command, cwd=ROOT, env={**os.environ, "DATABASE_URL": url}, check=True)  # noqa: S603 - ours


@contextmanager
def running_site() -> Iterator[RunningSite]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with redis_of_our_own(folder) as redis_url, database_of_our_own(folder) as database_url:
            environment = {"REDIS_URL": redis_url, "DEBUG": "False", "SECRET_KEY": "benchmark"}
            site = RunningSite(folder, database_url, SETTINGS, environment)
            try:
                site.start_server(asgi=True)
                yield site
            finally:
                site.kill_server()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Let many devices wait, and measure what that costs.")
    parser.add_argument("--devices", type=int, default=500)
    parser.add_argument("--rate", type=float, default=5, help="links that are opened in a second")
    options = parser.parse_args()
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    with running_site() as site:
        benchmark = Benchmark(site, options.devices, options.rate)
        database = site.environment["DATABASE_URL"].partition(":")[0]
        print(f"{options.devices} devices, {database}, one process of uvicorn")
        asyncio.run(benchmark.run())
        benchmark.show()
        benchmark.check()
