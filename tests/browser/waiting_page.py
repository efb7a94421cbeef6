"""A page that is a client of ``waiting.js``, and what a test says to it and hears from it."""

import time
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from playwright.sync_api import Page

if TYPE_CHECKING:
    from .waiting_server import WaitingServer

INTERVAL = 0.2
QUICK = {"hold": 1, "backOff": 0.05, "slowDown": 0.3, "slowest": 0.6}

Log = list[list[Any]]

# It notes what the login says, every timer and listener that is not over, and every promise that nobody looks at.
# A request says when it was sent: the moment it comes in would measure how busy the machine is, not the client's pace.
PAGE = """<!doctype html><title>A device</title><link rel="icon" href="data:,"><script type="module">
  import * as waiting from "/waiting.js";
  const timers = new Set(), [set, clear] = [setTimeout, clearTimeout];
  window.setTimeout = (action, ...rest) => {
    const timer = set(() => { timers.delete(timer); action(); }, ...rest);
    timers.add(timer);
    return timer;
  };
  const send = fetch;
  window.fetch = (address, { headers, ...rest }) =>
    send(address, { ...rest, headers: { ...headers, "Sent-At": performance.now() / 1000 } });
  window.clearTimeout = (timer) => { timers.delete(timer); clear(timer); };
  addEventListener("unhandledrejection", (event) => log.push(["unhandled", String(event.reason)]));
  for (const [name, step] of [["addEventListener", 1], ["removeEventListener", -1]]) {
    const real = EventTarget.prototype[name];
    EventTarget.prototype[name] = function (type, ...rest) {
      if (/line|visibility/.test(type)) window.listeners += step;
      return real.call(this, type, ...rest);
    };
  }
  const note = (name) => (word) => log.push([name, word]);
  const plain = (error) => ({ ...error, message: error.message });
  Object.assign(window, { waiting, timers, listeners: 0, log: [], begin(options) {
    window.login = waiting.startLogin({
      apiKey: "key-12345678", onWaiting: note("waiting"), onRecovery: () => log.push(["recovery"]),
      onTrouble: ({ reason, retryIn, error }) => log.push(["trouble", reason, retryIn, plain(error)]), ...options,
    });
    login.finished.then(note("answer"), (error) => log.push(["error", plain(error)]));
  } });
</script>"""


def begin(page: Page, **options: Any) -> None:
    timing = {**QUICK, **options.pop("timing", {})}
    who = {} if {"userName", "phone"} & set(options) else {"email": "alice@example.com"}
    page.evaluate("begin", {"smartLoginPingInterval": INTERVAL, "timing": timing, **who, **options})


def wait_for(page: Page, word: str, number: int = 1) -> Log:
    """Wait until the login has said a word so many times, and return all that it said."""
    page.wait_for_function(
        "([word, number]) => log.filter(([said]) => said === word).length >= number", arg=[word, number]
    )
    return page.evaluate("log")  # type: ignore[no-any-return]


def wait_for_step(page: Page, server: "WaitingServer", step: str, number: int = 1) -> None:
    until = time.monotonic() + 20
    while time.monotonic() < until:
        if server.steps.count(step) >= number:
            return
        page.wait_for_timeout(10)
    raise AssertionError(f"{step} did not come {number} times: {server.steps}")


def error_in(log: Log) -> dict[str, Any]:
    return next(words[0] for said, *words in log if said == "error")


def gaps(moments: list[float]) -> list[float]:
    return [later - earlier for earlier, later in pairwise(moments)]
