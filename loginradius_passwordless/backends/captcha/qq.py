"""Tencent Captcha, known as QQ's: a ticket and a random string, checked by a signed call of Tencent Cloud's API."""

import hashlib
import hmac
import json
import time
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from ..exchange import Answer, NoAnswer, exchange
from .base import BaseCaptchaBackend, Rejected, Solution, Unavailable
from .siteverify import TIMEOUT
from .tokens import require_token

SERVICE, ACTION, VERSION = "captcha", "DescribeCaptchaResult", "2019-07-22"
METHOD = "TC3-HMAC-SHA256"
CONTENT_TYPE = "application/json; charset=utf-8"
KIND = 9  # the one kind of CAPTCHA there is

PASSED = 1
# All that a ticket can cause. 16 and 100 may mean as well that the id or the secret of our application is wrong; but
# a ticket of somebody else's application causes them too, and that must not look like an outage.
REFUSALS = {
    7: "the random string is of another ticket",
    8: "the ticket is older than five minutes",
    9: "the ticket was used before",
    15: "this is no ticket",
    16: "the ticket is of another application, or app_id is wrong",
    21: "Tencent sees a risk",
    100: "the ticket is of another application, or app_id and app_secret do not match",
}
# Made in the browser while Tencent cannot be reached, by anybody who likes. Tencent leaves it to the site to take
# them; they prove nothing.
MAKESHIFTS = ("terror", "trerror")


class CaptchaBackend(BaseCaptchaBackend):
    """Asks ``DescribeCaptchaResult``.

    Source: cloud.tencent.com/document/product/1110/36926. The older ``ssl.captcha.qq.com/ticket/verify`` wants the
    secret in the address, where logs keep it, and is documented no more. Tencent tells neither host nor action: what
    keeps a ticket to this site is the application's id.

    No page of this app can show it: Tencent names no addresses for a Content-Security-Policy. A policy that we had
    guessed would be a page on which nobody signs in, or one that allows too much. ``widget`` returns None.

    Args:
        app_id, app_secret: CaptchaAppId and AppSecretKey, of the console of Captcha.
        secret_id, secret_key: of an API key of the account, best of a sub-account that may call nothing else.
        url: ``https://captcha.intl.tencentcloudapi.com`` for accounts of Tencent Cloud International.
        timeout: seconds, for connecting and again for the answer.
    """

    parameter = "qqcaptchaticket"
    other_parameters = ("qqrecaptchaticket",)
    extra_parameters: Mapping[str, tuple[str, ...]] = {
        "randstr": ("qqcaptcharandstr", "qqrecaptcharandstr", "qqcaptcharandomstring", "qqcaptcharesponse")
    }

    def __init__(
        self,
        *,
        app_id: int | str = "",
        app_secret: str = "",
        secret_id: str = "",
        secret_key: str = "",
        url: str = "https://captcha.tencentcloudapi.com",
        timeout: float = TIMEOUT,
    ) -> None:
        self.app_id, self.app_secret = str(app_id), app_secret
        self.secret_id, self.secret_key = secret_id, secret_key
        self.url, self.timeout = url.rstrip("/") + "/", timeout

    def verify(self, solution: Solution) -> None:
        """See the port. Without the person's address nothing can be checked: Tencent asks for it."""
        require_token(solution.token)
        require_token(solution.extra.get("randstr", ""))
        if solution.token.lower().startswith(MAKESHIFTS):
            raise Rejected("a ticket that was made without Tencent")
        if not solution.address:
            raise Unavailable("the person's address is not known")
        if not self.app_id.isdecimal():
            raise Unavailable("the option app_id is no number")
        judge(self._ask(solution, solution.address))

    def problems(self) -> Iterable[str]:
        if not all((self.app_secret, self.secret_id, self.secret_key)):
            yield "it needs the options app_id, app_secret, secret_id and secret_key."
        if not self.app_id.isdecimal():
            yield "app_id is no number."
        if urlsplit(self.url).scheme != "https":
            yield "url does not begin with https://, and the secret is sent there."

    def _ask(self, solution: Solution, address: str) -> Answer:
        question = {
            "CaptchaType": KIND,
            "Ticket": solution.token,
            "UserIp": address,
            "Randstr": solution.extra["randstr"],
            "CaptchaAppId": int(self.app_id),
            "AppSecretKey": self.app_secret,
        }
        body = json.dumps(question).encode()
        headers = signed_headers(self.secret_id, self.secret_key, urlsplit(self.url).netloc, body, int(time.time()))
        try:
            return exchange("POST", self.url, data=body, headers=headers, timeout=self.timeout)
        except NoAnswer as error:
            raise Unavailable(f"no answer ({error})") from error


def judge(answer: Answer) -> None:
    """Return where Tencent says that a person solved it; raise ``Rejected`` or ``Unavailable`` elsewhere.

    What is wrong with the call comes as ``Error``, and what is wrong with the ticket as ``CaptchaCode``. In the mode
    that asks nobody anything a program passes as well, and shows by ``EvilLevel`` alone.
    """
    response = answer.json().get("Response")
    if not answer.is_good or not isinstance(response, dict):
        raise Unavailable(f"no verdict (HTTP {answer.status})")
    if "Error" in response:
        error = _code_of(response["Error"])
        if error.startswith("InvalidParameter"):  # what else we send is the same each time, and is taken
            raise Rejected(f"Tencent cannot read it: {error}")
        raise Unavailable(f"the call failed: {error}")
    code = response.get("CaptchaCode")
    if type(code) is not int:  # True is 1 to Python, but no verdict
        raise Unavailable("no verdict (no CaptchaCode)")
    if code != PASSED:
        raise Rejected(REFUSALS.get(code, f"CaptchaCode {code}"))
    if response.get("EvilLevel") not in (None, 0):
        raise Rejected("Tencent calls it malicious")


def signed_headers(secret_id: str, secret_key: str, host: str, body: bytes, now: int) -> dict[str, str]:
    """Return the headers of a call, signed by TC3-HMAC-SHA256 (Tencent Cloud API, "Signature v3").

    Args:
        host: as it will stand in the header, with a port where there is one.
        now: seconds since 1970; Tencent takes five minutes of difference.
    """
    names = "content-type;host;x-tc-action"
    headers = f"content-type:{CONTENT_TYPE}\nhost:{host}\nx-tc-action:{ACTION.lower()}\n"
    canonical = f"POST\n/\n\n{headers}\n{names}\n{hashlib.sha256(body).hexdigest()}"
    day = datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%d")
    scope = f"{day}/{SERVICE}/tc3_request"
    text = f"{METHOD}\n{now}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    key = f"TC3{secret_key}".encode()
    for part in (*scope.split("/"), text):
        key = hmac.digest(key, part.encode(), "sha256")
    return {
        "Authorization": f"{METHOD} Credential={secret_id}/{scope}, SignedHeaders={names}, Signature={key.hex()}",
        "Content-Type": CONTENT_TYPE,
        "Host": host,
        "X-TC-Action": ACTION,
        "X-TC-Timestamp": str(now),
        "X-TC-Version": VERSION,
    }


def _code_of(error: Any) -> str:
    """The code of an error, without its message: that may repeat what was sent."""
    code = error.get("Code") if isinstance(error, dict) else None
    return code if isinstance(code, str) and code.replace(".", "").isalnum() and len(code) < 80 else "unreadable"
