"""Redis goes away while two hundred devices wait: every approved one is let in, nobody else, and no call fails.

The devices wait in one process of the site and the links are opened in another one, so that nobody hears of an
approval by any way but Redis or the database. ``OUTAGE_SECONDS=30`` makes the outage as long as a bad one.
"""

import asyncio
import copy
import os
import random
import time

import pytest

from .crowd import Client, Crowd, approve, steadily
from .running import RunningSite, free_port
from .running_redis import BINARY, RunningRedis

OUTAGE = float(os.environ.get("OUTAGE_SECONDS", "6"))
DEVICES, APPROVED = 200, 50

pytestmark = pytest.mark.skipif(BINARY is None and not os.environ.get("CI"), reason="redis-server is not installed")


@pytest.fixture(scope="module")
def redis(tmp_path_factory):
    server = RunningRedis(tmp_path_factory.mktemp("redis"))
    server.start()
    yield server
    server.kill()


@pytest.fixture(scope="module")
def site(tmp_path_factory, redis):
    folder = tmp_path_factory.mktemp("site")
    site = RunningSite(folder, f"sqlite:///{folder / 'site.sqlite3'}", {}, {"REDIS_URL": redis.url})
    site.start_server(asgi=True)
    yield site
    site.kill_server()


@pytest.fixture(scope="module")
def second_process(site):
    """Another web process of the same site."""
    second = copy.copy(site)
    second.port, second.server = free_port(), None
    second.url = f"http://127.0.0.1:{second.port}/"
    second.start_server()
    yield second
    second.kill_server()


@pytest.mark.parametrize(
    ("begin", "end"),
    [(RunningRedis.kill, RunningRedis.start), (RunningRedis.hang, RunningRedis.go_on)],
    ids=["killed", "hung"],
)
def test_every_device_that_is_approved_while_redis_is_away_is_let_in(site, second_process, redis, begin, end):
    crowd = Crowd(site, DEVICES, begin.__name__)
    visitors = Client(second_process.port)
    let_in, others, delays = asyncio.run(story(crowd, visitors, lambda: begin(redis), lambda: end(redis)))

    print(
        f"\n{begin.__name__}, {OUTAGE:g} s: let in after {delays[len(delays) // 2]:.2f} s (median), {delays[-1]:.2f} s (worst)"
    )
    assert all(device.is_signed_in for device in let_in)
    assert not any(device.login for device in others)
    assert crowd.tokens() == (APPROVED, APPROVED)
    assert set(crowd.client.statuses + visitors.statuses) == {200}
    assert crowd.client.broken == visitors.broken == 0
    assert delays[-1] < 10


async def story(crowd, visitors, begin, end):
    """Everybody waits; Redis goes; some are approved, one after the other, to the very end; Redis comes back."""
    links = await crowd.links()
    await crowd.wait(100)
    await asyncio.sleep(1)
    approved = {}

    async def approve_one(device):
        await approve(visitors, links[device.email])
        approved[device.email] = time.monotonic()

    await asyncio.to_thread(begin)
    let_in = random.sample(crowd.devices, APPROVED)
    async with asyncio.TaskGroup() as group:
        async for device in steadily(let_in, APPROVED / OUTAGE):
            group.create_task(approve_one(device))
    await asyncio.to_thread(end)
    await asyncio.wait([crowd.waits[device.email] for device in let_in], timeout=20)
    await crowd.leave()
    others = [device for device in crowd.devices if device not in let_in]
    return let_in, others, sorted(device.signed_in_at - approved[device.email] for device in let_in)
