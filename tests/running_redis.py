"""A Redis of one's own, which can be killed and hung without taking anybody else's away."""

import shutil
import signal
import subprocess
import time
from contextlib import closing, suppress
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError

from .running import free_port

BINARY = shutil.which("redis-server") or shutil.which("valkey-server")


class RunningRedis:
    """A Redis process on a port of its own that writes nothing to the disk."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.server: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, empty, and wait until it answers."""
        assert BINARY, "redis-server is not installed"
        options = {"port": self.port, "bind": "127.0.0.1", "dir": self.folder, "save": "", "appendonly": "no"}
        arguments = [str(word) for name, value in options.items() for word in (f"--{name}", value)]
        self.server = subprocess.Popen([BINARY, *arguments], stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + 10
        with closing(Redis(port=self.port)) as client:
            while time.monotonic() < deadline:
                with suppress(RedisError):
                    client.ping()
                    return
                time.sleep(0.05)
        raise AssertionError("Redis did not start")

    def kill(self) -> None:
        """End it the hard way: connections break, and everything in it is gone."""
        if self.server is not None:
            self.server.send_signal(signal.SIGCONT)
            self.server.kill()
            self.server.wait(timeout=10)
            self.server = None

    def hang(self) -> None:
        """Let it fall silent: connections stay open, and nothing is answered."""
        assert self.server
        self.server.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """End the silence: it remembers everything, and answers late what nobody waits for any more."""
        assert self.server
        self.server.send_signal(signal.SIGCONT)
