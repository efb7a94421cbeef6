"""An SMS backend that kills its process at the moment of sending, unless the environment says SURVIVE."""

import os
import signal

from example_project.inbox import SMSBackend as Inbox
from loginradius_passwordless.backends.base import Receipt


class SMSBackend(Inbox):
    def send(self, to: str, text: str, reference: str) -> Receipt:
        if "SURVIVE" not in os.environ:
            os.kill(os.getpid(), signal.SIGKILL)
        return super().send(to, text, reference)
