"""Every public address, on one screen. A site includes this once."""

import re
from collections.abc import Callable
from typing import Any

from django.urls import URLPattern, path, re_path

from .api import (
    account,
    decision,
    deletion,
    held_async,
    held_in_threads,
    management,
    one_touch,
    password,
    passwordless,
    phone,
    ping,
    registration,
    smart,
)
from .api.base import NotFoundView
from .api.served import ServedPattern
from .hosted import account as account_page
from .hosted import code, link, notice, sign_in
from .hosted import password as password_pages
from .hosted import registration as registration_pages

app_name = "loginradius_passwordless"
UID = r"(?P<uid>[0-9A-Za-z-]{1,64})"


def any_case(text: str) -> str:
    """Return a pattern for a text in any case; Django cannot reverse the addresses beside a ``(?i)``."""
    return re.sub(r"[a-z]", lambda letter: f"[{letter[0]}{letter[0].upper()}]", text)


def endpoint(address: str, view: Callable[..., Any]) -> URLPattern:
    """An address of the API: SDKs differ in its letters' case and in the slash at its end."""
    return re_path(regex_of(address), view)


def served(address: str, name: str, view_class: type) -> URLPattern:
    """An address whose answers may wait."""
    in_thread, in_loop = getattr(held_in_threads, name), getattr(held_async, name)
    return ServedPattern(regex_of(address), in_thread=in_thread, in_loop=in_loop, view_class=view_class)


def regex_of(address: str) -> str:
    """Return the pattern of an address of the API; ``{uid}`` in it is a customer's."""
    parts = f"identity/v2/{address}".split("{uid}")
    return f"^{UID.join(any_case(part) for part in parts)}/?$"


urlpatterns = [
    # One-touch login
    endpoint("auth/onetouchlogin/email", one_touch.StartByEmailView.as_view()),
    endpoint("auth/onetouchlogin/phone", one_touch.StartByPhoneView.as_view()),
    endpoint("auth/onetouchlogin/phone/verify", one_touch.VerifyCodeView.as_view()),
    # Smart login
    endpoint("auth/login/smartlogin", smart.StartView.as_view()),
    # Passwordless login
    endpoint("auth/login/passwordlesslogin/email", passwordless.StartByEmailView.as_view()),
    endpoint("auth/login/passwordlesslogin/email/verify", passwordless.VerifyLinkView.as_view()),
    endpoint("auth/login/passwordlesslogin/email/verifyotp", passwordless.VerifyCodeByEmailView.as_view()),
    endpoint("auth/login/passwordlesslogin/username/verifyotp", passwordless.VerifyCodeByUserNameView.as_view()),
    endpoint("auth/login/passwordlesslogin/otp", passwordless.StartByPhoneView.as_view()),
    endpoint("auth/login/passwordlesslogin/otp/verify", passwordless.VerifyCodeByPhoneView.as_view()),
    # The person with the link and the waiting device: one-touch and smart login share them
    endpoint("auth/email/onetouchlogin", decision.VerifyLinkView.as_view()),
    endpoint("auth/email/smartlogin", decision.VerifyLinkView.as_view()),
    served("auth/login/smartlogin/ping", "ping", ping.PingView),
    served("auth/login/smartlogin/events", "events", ping.EventsView),
    # Phone authentication
    endpoint("auth/register", registration.RegisterView.as_view()),
    endpoint("auth/login", password.LoginView.as_view()),
    endpoint("auth/password/otp", password.ResetView.as_view()),
    endpoint("auth/phone", phone.PhoneView.as_view()),
    endpoint("auth/phone/otp", phone.CodeView.as_view()),
    endpoint("auth/account/otp", deletion.SendCodeView.as_view()),
    endpoint("auth/account/delete", deletion.DeleteView.as_view()),
    endpoint("manage/account/{uid}/invalidatephone", management.InvalidatePhoneView.as_view()),
    endpoint("manage/account/{uid}/phoneid", management.PhoneIdView.as_view()),
    endpoint("manage/account/sott", management.SOTTView.as_view()),
    endpoint("serverinfo", management.ServerInfoView.as_view()),
    # Tokens and the profile
    endpoint("auth/account", account.ProfileView.as_view()),
    endpoint("auth/access_token", account.TokenInfoView.as_view()),
    endpoint("auth/access_token/validate", account.ValidateTokenView.as_view()),
    endpoint("auth/access_token/invalidate", account.InvalidateTokenView.as_view()),
    endpoint("manage/account/access_token/refresh", account.RefreshTokenView.as_view()),
    endpoint("manage/account/access_token/refresh/revoke", account.RevokeRefreshTokenView.as_view()),
    # Whatever else an SDK calls gets an error that it can read
    re_path(f"^{any_case('identity/')}", NotFoundView.as_view()),
    # Pages for people
    path("signin/", sign_in.SignInView.as_view(), name="sign-in"),
    path("signin/code/", code.CodeView.as_view(), name="code"),
    path("signin/waiting/", code.WaitingView.as_view(), name="waiting"),
    path("signin/link/", link.LinkView.as_view(), name="link"),
    path("signin/register/", registration_pages.RegisterView.as_view(), name="register"),
    path("signin/register/code/", registration_pages.RegistrationCodeView.as_view(), name="register-code"),
    path("signin/password/", password_pages.PasswordView.as_view(), name="password"),
    path("signin/password/forgot/", password_pages.ForgotView.as_view(), name="password-forgot"),
    path("signin/password/new/", password_pages.NewPasswordView.as_view(), name="password-new"),
    path("signin/account/", account_page.AccountView.as_view(), name="account"),
    path("signin/account/code/", account_page.AccountCodeView.as_view(), name="account-code"),
    path("signin/not-me/", notice.NoticeView.as_view(), name="notice"),
]
