"""An SMS backend that kills its process at the moment of sending, unless the environment says SURVIVE."""

import os
import signal

from example_project.inbox import SMSBackend as Inbox
from loginradius_passwordless.backends.base import SMS, Receipt


class SMSBackend(Inbox):
    def send(self, sms: SMS) -> Receipt:
        if "SURVIVE" not in os.environ:
            os.kill(os.getpid(), signal.SIGKILL)
        return super().send(sms)
