"""Every public address, on one screen. A site includes this once."""

import re
from collections.abc import Callable
from typing import Any

from django.urls import URLPattern, path, re_path

from .api import (
    account,
    decision,
    deletion,
    devices,
    held_async,
    held_in_threads,
    management,
    one_touch,
    password,
    passwordless,
    phone,
    ping,
    registration,
    reports,
    smart,
    webhooks,
)
from .api.base import NotFoundView
from .api.served import ServedPattern
from .hosted import account as account_page
from .hosted import code, link, notice, sign_in
from .hosted import password as password_pages
from .hosted import registration as registration_pages
from .openapi.views import DocsView, DocumentView

app_name = "loginradius_passwordless"
UID = r"(?P<uid>[0-9A-Za-z-]{1,64})"
SESSION_ID = r"(?P<session_id>[0-9A-Za-z-]{1,64})"
HOOK_ID = r"(?P<hookid>[0-9A-Za-z-]{1,64})"
IDENTITY = "identity/v2/"


def any_case(text: str) -> str:
    """Return a pattern for a text in any case; Django cannot reverse the addresses beside a ``(?i)``."""
    return re.sub(r"[a-z]", lambda letter: f"[{letter[0]}{letter[0].upper()}]", text)


def endpoint(address: str, view: Callable[..., Any], below: str = IDENTITY) -> URLPattern:
    """An address of the API: SDKs differ in its letters' case and in the slash at its end."""
    return re_path(regex_of(below + address), view)


def served(address: str, name: str, view_class: type) -> URLPattern:
    """An address whose answers may wait."""
    in_thread, in_loop = getattr(held_in_threads, name), getattr(held_async, name)
    return ServedPattern(regex_of(IDENTITY + address), in_thread=in_thread, in_loop=in_loop, view_class=view_class)


def regex_of(address: str) -> str:
    """Return the pattern of an address of the API.

    In it ``{uid}`` is a customer's, ``{session_id}`` a session's and ``{hookid}`` a webhook's; ``{s}`` may be left out.
    """
    written = {"{uid}": UID, "{session_id}": SESSION_ID, "{hookid}": HOOK_ID, "{s}": "s?"}
    parts = re.split(r"(\{\w+\})", address)
    return f"^{''.join(written.get(part) or any_case(part) for part in parts)}/?$"


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
    endpoint("auth/register/captcha", registration.RegisterByCaptchaView.as_view()),
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
    endpoint("auth/sessions", devices.SessionsView.as_view()),
    endpoint("auth/sessions/{session_id}", devices.SessionView.as_view()),
    endpoint("manage/account/access_token/refresh", account.RefreshTokenView.as_view()),
    endpoint("manage/account/access_token/refresh/revoke", account.RevokeRefreshTokenView.as_view()),
    # Webhooks: the older SDKs think in pairs of address and event, the newer ones in endpoints
    endpoint("webhook", webhooks.PairsView.as_view(), below="api/v2/"),
    endpoint("webhook/test", webhooks.PermissionView.as_view(), below="api/v2/"),
    endpoint("webhook{s}", webhooks.EndpointsView.as_view(), below="v2/manage/"),
    endpoint("webhook{s}/events", webhooks.EventsView.as_view(), below="v2/manage/"),
    endpoint("webhook{s}/{hookid}", webhooks.EndpointView.as_view(), below="v2/manage/"),
    # What all these take and answer, for programs and for people
    path("identity/openapi.json", DocumentView.as_view(), name="openapi"),
    path("identity/docs/", DocsView.as_view(), name="api-docs"),
    # Whatever else an SDK calls gets an error that it can read; what is beside webhooks there is the site's own
    re_path(f"^{any_case('identity/')}", NotFoundView.as_view()),
    re_path(f"^({any_case('api/v2/webhook')}|{any_case('v2/manage/webhook')}s?)/", NotFoundView.as_view()),
    # Where providers report what became of messages
    path("delivery/<slug:channel>/<slug:name>/", reports.ReportView.as_view(), name="delivery-report"),
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
