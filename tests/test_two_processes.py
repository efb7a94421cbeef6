"""What one process has ended is over in every other one."""

import re

PHONE = "+14155550123"
RESET = """
from loginradius_passwordless.flows import callers, password
from loginradius_passwordless.flows.steps import Visitor
from loginradius_passwordless.identifiers import parse_phone
caller = callers.identify(Visitor(), api_key="running-site-key")
password.reset(caller, phone=parse_phone("{phone}"), code="{code}", password="another good password")
"""


def test_a_new_password_ends_the_tokens_that_another_process_gave_out(make_site):
    site = make_site(PASSWORDLESS={"SENDING": "inline", "ALLOW_SECRETS_IN_QUERY": True})
    site.start_server()

    def code():
        return re.search(r"\b\d{6}\b", site.messages(PHONE)[-1]["text"])[0]

    site.start_phone(PHONE)
    login = site.call("PUT", "auth/onetouchlogin/phone/verify", {"phone": PHONE}, otp=code())
    token = {"access_token": login["access_token"]}
    assert site.call("GET", "auth/account", **token)["Uid"] == login["Profile"]["Uid"]
    assert site.call("POST", "auth/password/otp", {"phone": PHONE})["IsPosted"] is True
    site.manage("shell", "-c", RESET.format(phone=PHONE, code=code()))
    assert site.call("GET", "auth/account", **token)["ErrorCode"] == 905
    again = site.call("POST", "auth/login", {"phone": PHONE, "password": "another good password"})
    assert again["Profile"]["Uid"] == login["Profile"]["Uid"]
