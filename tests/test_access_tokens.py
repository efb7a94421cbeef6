"""Access tokens of every issuer: made by a sign-in, taken by the issuer's own authentication and by ours, and ended."""

import re

import pytest
from django.apps import apps
from django.contrib.auth import get_user_model
from django.contrib.sessions.backends import cache as cached_sessions
from django.contrib.sessions.models import Session as DjangoSession
from django.db import connection, transaction
from django.test import Client
from django.views.debug import ExceptionReporter
from knox.models import AuthToken
from rest_framework.authtoken.models import Token

from loginradius_passwordless import sessions
from loginradius_passwordless.backends.access_tokens import guid, knox
from loginradius_passwordless.models import AccessToken, Customer, Session
from loginradius_passwordless.models.access_token import AccessTokenQuerySet
from loginradius_passwordless.retention import purge

from . import urls_of_issuers  # noqa: F401 - Knox and Simple JWT keep the settings under which they are imported
from .conftest import code_from, error_code, start_phone, token_from

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.urls("tests.urls_of_issuers")]
User = get_user_model()
PHONE = "+14155550123"
SCHEMES = {"knox": "Token", "authtoken": "Token", "simplejwt": "Bearer"}
STORED = ["knox", "authtoken", "session"]  # elsewhere than in our rows
ISSUERS = ["guid", *STORED, "simplejwt"]


def path_of(issuer):
    return f"loginradius_passwordless.backends.access_tokens.{issuer}.AccessTokenBackend"


@pytest.fixture(autouse=True)
def _roomy(site):
    site(RESEND_GAP=0, SENDS_PER_TEN_MINUTES=99, SENDS_PER_DAY=99)


@pytest.fixture(params=ISSUERS)
def issuer(request, site):
    site(ACCESS_TOKEN_BACKEND=path_of(request.param))
    return request.param


@pytest.fixture
def stored(request, site):
    site(ACCESS_TOKEN_BACKEND=path_of(request.param))
    return request.param


def sign_in(api, sms_outbox, phone=PHONE):
    start_phone(api, phone)
    answer = api.put("auth/onetouchlogin/phone/verify", {"phone": phone}, otp=code_from(sms_outbox[-1]))
    assert answer.status_code == 200, answer.content
    return answer.json()


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


def ask(token, address="/orders/", **headers):
    """Ask the site's own API, behind our authentication class."""
    return Client().get(address, headers={**bearer(token), **headers})


def ask_with_issuers_own(issuer, token):
    """Ask the site's own API, behind the authentication class that comes with the issuer."""
    client = Client()
    if issuer == "session":
        client.cookies["sessionid"] = token
        return client.get("/orders/session/").status_code
    return client.get(f"/orders/{issuer}/", headers={"Authorization": f"{SCHEMES[issuer]} {token}"}).status_code


def is_taken(api, issuer, token):
    """Whether a token is taken by everybody, or refused by everybody."""
    asked = {
        "ours": ask(token).status_code == 200,
        "wire": api.get("auth/account", headers=bearer(token)).status_code == 200,
    }
    if issuer != "guid":
        asked["its own"] = ask_with_issuers_own(issuer, token) == 200
    assert len(set(asked.values())) == 1, asked
    return asked["ours"]


def is_refused(api, issuer, token):
    """As above, of a token that was ended; what Simple JWT has signed, its own authentication takes until it expires."""
    if issuer == "simplejwt":
        assert ask_with_issuers_own(issuer, token) == 200
        issuer = "guid"
    return not is_taken(api, issuer, token)


def refresh(api, secret, login):
    headers = {"X-LoginRadius-ApiSecret": secret}
    address = "manage/account/access_token/refresh"
    return api.get(address, headers=headers, refresh_token=login["refresh_token"])


# What every issuer holds to


def test_a_sign_in_yields_a_token_that_its_issuer_we_and_the_endpoints_take(api, sms_outbox, issuer):
    login = sign_in(api, sms_outbox)
    token = login["access_token"]
    assert is_taken(api, issuer, token)
    assert ask(token).json()["user"] == Customer.objects.get(uid=login["Profile"]["Uid"]).user_id
    assert api.get("auth/access_token/validate", headers=bearer(token)).json()["access_token"] == token


def test_signing_out_ends_it_everywhere(api, sms_outbox, issuer):
    token = sign_in(api, sms_outbox)["access_token"]
    assert api.get("auth/access_token/invalidate", headers=bearer(token)).status_code == 200
    assert is_refused(api, issuer, token)
    assert not AccessToken.objects.unended().exists()


def test_a_refresh_ends_the_old_one_and_the_new_one_works(api, sms_outbox, shop_secret, issuer):
    login = sign_in(api, sms_outbox)
    fresh = refresh(api, shop_secret, login).json()
    assert is_taken(api, issuer, fresh["access_token"])
    if issuer == "authtoken":  # a user has one, and it is given again
        assert fresh["access_token"] == login["access_token"]
    else:
        assert is_refused(api, issuer, login["access_token"])


def test_a_refresh_token_that_comes_twice_ends_what_the_first_has_made(api, sms_outbox, shop_secret, issuer):
    login = sign_in(api, sms_outbox)
    fresh = refresh(api, shop_secret, login).json()
    assert error_code(refresh(api, shop_secret, login)) == 1217
    assert is_refused(api, issuer, fresh["access_token"])


def test_a_deleted_account_ends_it(api, sms_outbox, issuer):
    token = sign_in(api, sms_outbox)["access_token"]
    api.get("auth/account/otp", headers=bearer(token))
    deleted = api.post("auth/account/delete", {"otp": code_from(sms_outbox[-1])}, headers=bearer(token))
    assert deleted.json() == {"IsDeleted": True}
    assert not is_taken(api, issuer, token)


@pytest.mark.parametrize("stored", STORED, indirect=True)
def test_a_customer_or_an_application_that_staff_delete_takes_the_tokens_along(api, shop, sms_outbox, stored):
    token = sign_in(api, sms_outbox)["access_token"]
    Customer.objects.get().delete()
    assert ask_with_issuers_own(stored, token) in {401, 403}
    token = sign_in(api, sms_outbox)["access_token"]
    shop.delete()
    assert ask_with_issuers_own(stored, token) in {401, 403}
    assert User.objects.count() == 2, "the site's users stay"


def test_the_site_that_deletes_a_user_ends_it(api, sms_outbox, issuer):
    token = sign_in(api, sms_outbox)["access_token"]
    User.objects.all().delete()
    assert not is_taken(api, issuer, token)


@pytest.mark.parametrize("stored", STORED, indirect=True)
def test_the_purge_ends_what_nobody_has_refreshed(api, sms_outbox, stored, later):
    token = sign_in(api, sms_outbox)["access_token"]
    later(minutes=16)
    assert ask(token).status_code == 401
    dict(purge())
    assert ask_with_issuers_own(stored, token) in {401, 403}
    assert not AccessToken.objects.unended().exists()
    assert AccessToken.objects.exists(), "it can still be refreshed"


def test_what_can_still_be_refreshed_after_a_purge_is(api, sms_outbox, shop_secret, issuer, later):
    login = sign_in(api, sms_outbox)
    later(minutes=16)
    dict(purge())
    assert is_taken(api, issuer, refresh(api, shop_secret, login).json()["access_token"])


@pytest.mark.parametrize("stored", STORED, indirect=True)
def test_one_that_was_ended_with_its_issuer_and_past_us_is_refused_here_too(api, sms_outbox, stored):
    token = sign_in(api, sms_outbox)["access_token"]
    for model in (AuthToken, Token, DjangoSession):
        model.objects.all().delete()
    assert not is_taken(api, stored, token)
    assert error_code(api.get("auth/account", headers=bearer(token))) == 905


@pytest.mark.parametrize("stored", ["knox", "authtoken"], indirect=True)
def test_a_mailbox_that_opens_an_account_of_the_site_ends_tokens_that_somebody_else_may_have(api, mailbox, stored):
    """Whoever typed the address of somebody else, and waited."""
    user = User.objects.create(username="zoe", email="zoe@example.com")
    planted = AuthToken.objects.create(user=user)[1] if stored == "knox" else Token.objects.create(user=user).key
    assert ask_with_issuers_own(stored, planted) == 200
    path = "auth/login/passwordlesslogin/email"
    api.get(path, email="zoe@example.com")
    login = api.get(f"{path}/verify", verificationtoken=token_from(mailbox[0])).json()
    assert ask_with_issuers_own(stored, planted) == 401
    assert is_taken(api, stored, login["access_token"])


def test_what_another_issuer_has_made_works_and_ends_after_the_site_has_changed_to_ours(api, sms_outbox, site):
    site(ACCESS_TOKEN_BACKEND=path_of("knox"))
    token = sign_in(api, sms_outbox)["access_token"]
    site(ACCESS_TOKEN_BACKEND=path_of("guid"))
    assert is_taken(api, "knox", token)
    api.get("auth/access_token/invalidate", headers=bearer(token))
    assert is_refused(api, "knox", token)


def test_tokens_of_an_issuer_that_is_gone_open_nothing_and_can_be_signed_out(api, sms_outbox, site, caplog):
    site(ACCESS_TOKEN_BACKEND=f"{__name__}.Gone")
    token = sign_in(api, sms_outbox)["access_token"]
    Gone.is_here = False
    try:
        assert ask(token).status_code == 401
        assert api.get("auth/access_token/invalidate", headers=bearer(token)).status_code == 200
    finally:
        Gone.is_here = True
    assert "is not there any more (LookupError)" in caplog.text
    assert token not in caplog.text
    dict(purge())
    assert not AccessToken.objects.unended().exists()


class Gone(knox.AccessTokenBackend):
    is_here = True

    def end(self, handle):
        if not self.is_here:
            apps.get_model("gone", "Token")
        super().end(handle)

    knows = end


# What a token looks like, and where it is kept


def test_a_guid_may_come_in_any_case_and_nothing_else_may(api, sms_outbox, issuer):
    token = sign_in(api, sms_outbox)["access_token"]
    changed = token.swapcase()
    assert changed != token
    assert (ask(changed).status_code == 200) is (issuer == "guid")


@pytest.mark.parametrize("stored", ["knox", "simplejwt", "guid"], indirect=True)
def test_our_rows_have_no_token_that_works(api, sms_outbox, stored):
    token = sign_in(api, sms_outbox)["access_token"]
    row = AccessToken.objects.get()
    kept = " ".join(str(bytes(value) if isinstance(value, memoryview) else value) for value in vars(row).values())
    assert token not in kept
    assert row.handle not in kept or not row.handle


def test_a_jwt_names_its_session_and_lives_as_long_as_we_say(api, sms_outbox, site):
    from rest_framework_simplejwt import tokens

    site(ACCESS_TOKEN_BACKEND=path_of("simplejwt"), ACCESS_TOKEN_LIFETIME=600)
    claims = tokens.AccessToken(sign_in(api, sms_outbox)["access_token"])
    session = Session.objects.get()
    assert claims["sid"] == str(session.pk)
    assert claims["user_id"] == str(session.customer.user_id)
    assert claims["exp"] - claims["iat"] == 600


def test_knox_is_told_our_lifetime_and_not_asked_for_its_own(api, sms_outbox, site):
    site(ACCESS_TOKEN_BACKEND=path_of("knox"), ACCESS_TOKEN_LIFETIME=600)
    sign_in(api, sms_outbox)
    token = AuthToken.objects.get()
    assert 599 < (token.expiry - token.created).total_seconds() < 601


def test_what_is_issued_shows_no_secret_of_it():
    from loginradius_passwordless.backends.access_tokens.base import Issued

    assert "secret" not in repr(Issued("secret-token", handle="secret-handle"))


# One token for all sign-ins of a user


@pytest.fixture
def two_devices(api, sms_outbox, site):
    site(ACCESS_TOKEN_BACKEND=path_of("authtoken"))
    first, second = sign_in(api, sms_outbox), sign_in(api, sms_outbox)
    assert first["access_token"] == second["access_token"]
    return first, second


def test_the_end_of_one_sign_in_is_the_end_of_all_that_share_its_token(api, two_devices, shop_secret):
    first, second = two_devices
    sessions.end(Session.objects.filter(pk=Session.objects.earliest("created_at").pk))
    assert is_refused(api, "authtoken", first["access_token"])
    assert not Session.objects.live().exists()
    assert error_code(refresh(api, shop_secret, second)) == 1217


def test_a_device_that_falls_silent_ends_nothing_for_the_other(api, two_devices, shop_secret, later):
    _first, second = two_devices
    later(minutes=16)
    fresh = refresh(api, shop_secret, second).json()["access_token"]
    dict(purge())
    assert is_taken(api, "authtoken", fresh)
    assert Session.objects.live().count() == 2


def test_the_end_of_a_device_that_fell_silent_takes_the_token_that_it_knows(api, two_devices, shop_secret, later):
    first, second = two_devices
    later(minutes=16)
    fresh = refresh(api, shop_secret, second).json()["access_token"]
    dict(purge())
    headers, address = {"X-LoginRadius-ApiSecret": shop_secret}, "manage/account/access_token/refresh/revoke"
    assert api.get(address, headers=headers, refresh_token=first["refresh_token"]).json() == {"IsDeleted": True}
    assert is_refused(api, "authtoken", fresh)


def test_others_of_the_site_keep_theirs(api, two_devices, sms_outbox):
    stranger = sign_in(api, sms_outbox, "+14155550177")["access_token"]
    sessions.end(Session.objects.filter(customer__identifiers__canonical=PHONE))
    assert is_taken(api, "authtoken", stranger)


# Sessions of Django's as tokens


def test_djangos_own_log_out_ends_the_tokens_of_that_session(api, sms_outbox, site, shop_secret):
    site(ACCESS_TOKEN_BACKEND=path_of("session"))
    login = sign_in(api, sms_outbox)
    client = Client()
    client.cookies["sessionid"] = login["access_token"]
    client.post("/sign-out/")
    assert not is_taken(api, "session", login["access_token"])
    assert error_code(refresh(api, shop_secret, login)) == 1217


@pytest.fixture
def in_a_cache(settings, site):
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.cache"
    site(ACCESS_TOKEN_BACKEND=path_of("session"))


def test_sessions_in_a_cache_begin_and_end_after_the_commit(api, sms_outbox, in_a_cache, shop_secret):
    login = sign_in(api, sms_outbox)
    assert is_taken(api, "session", login["access_token"])
    fresh = refresh(api, shop_secret, login).json()["access_token"]
    assert is_refused(api, "session", login["access_token"])
    api.get("auth/access_token/invalidate", headers=bearer(fresh))
    assert is_refused(api, "session", fresh)


def test_a_sign_out_that_is_taken_back_has_ended_nothing(api, sms_outbox, in_a_cache):
    token = sign_in(api, sms_outbox)["access_token"]
    with transaction.atomic():
        assert sessions.end(Session.objects.all()) == 1
        transaction.set_rollback(True)
    assert is_taken(api, "session", token)


def test_a_cache_that_does_not_answer_fails_no_sign_out_and_the_purge_tries_again(
    api, sms_outbox, in_a_cache, monkeypatch, caplog
):
    token = sign_in(api, sms_outbox)["access_token"]
    delete = cached_sessions.SessionStore.delete

    def fail(self, session_key=None):
        raise ConnectionError

    monkeypatch.setattr(cached_sessions.SessionStore, "delete", fail)
    assert api.get("auth/access_token/invalidate", headers=bearer(token)).status_code == 200
    assert "could not be ended by its issuer" in caplog.text
    assert token not in caplog.text
    assert ask(token).status_code == 401
    assert ask_with_issuers_own("session", token) == 200
    dict(purge())
    assert AccessToken.objects.unended().exists()
    monkeypatch.setattr(cached_sessions.SessionStore, "delete", delete)
    dict(purge())
    assert ask_with_issuers_own("session", token) == 403
    assert not AccessToken.objects.unended().exists()


def test_what_could_not_be_ended_is_kept_until_it_could(api, sms_outbox, in_a_cache, monkeypatch, later):
    sign_in(api, sms_outbox)

    def fail(self, session_key=None):
        raise ConnectionError

    monkeypatch.setattr(cached_sessions.SessionStore, "delete", fail)
    later(days=100)
    dict(purge())
    assert AccessToken.objects.count() == 1
    monkeypatch.undo()
    dict(purge())
    assert not AccessToken.objects.exists()


# Our authentication for a site's own API


def test_it_costs_one_query_and_one_more_where_the_issuer_keeps_its_tokens(
    api, sms_outbox, issuer, django_assert_num_queries
):
    token = sign_in(api, sms_outbox)["access_token"]
    of_the_site = 2 if connection.settings_dict["ATOMIC_REQUESTS"] else 0  # a transaction around the view
    with django_assert_num_queries(of_the_site + (2 if issuer in STORED else 1)):
        assert ask(token).status_code == 200


def test_it_tells_who_and_from_which_sign_in_and_not_by_what(api, sms_outbox):
    token = sign_in(api, sms_outbox)["access_token"]
    shown = ask(token).json()["auth"]
    session = Session.objects.get()
    assert str(session.pk) in shown
    assert session.customer.uid in shown
    assert "Example Shop" in shown
    assert str(AccessToken.objects.get().expires_at.year) in shown
    assert token not in shown
    assert AccessToken.objects.get().digest not in shown


def refuse(answer):
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == 'Bearer realm="api", error="invalid_token"'
    assert answer.json() == {"detail": "The access token is not valid."}


def test_who_sends_no_token_is_asked_for_one_and_told_of_no_error():
    for headers in ({}, {"Authorization": "Basic YTpi"}):
        answer = Client().get("/orders/", headers=headers)
        assert answer.status_code == 401
        assert answer["WWW-Authenticate"] == 'Bearer realm="api"'


@pytest.mark.parametrize("token", ["", "wrong", "a b", "a,b", "\xff\xfe", "é" * 40, "x" * 9000, "null", "0" * 36])
def test_what_is_no_token_is_refused(token, db):
    refuse(Client().get("/orders/", headers={"Authorization": f"Bearer {token}".strip()}))


def test_a_refresh_token_is_no_access_token(api, sms_outbox):
    refuse(ask(sign_in(api, sms_outbox)["refresh_token"]))


def test_the_scheme_may_be_written_in_any_case(api, sms_outbox):
    token = sign_in(api, sms_outbox)["access_token"]
    assert Client().get("/orders/", headers={"Authorization": f"bEARER  {token}"}).status_code == 200


REFUSALS = {
    "expired": lambda shop, later: later(minutes=16),
    "blocked": lambda shop, later: Customer.objects.update(is_blocked=True),
    "login disabled": lambda shop, later: Customer.objects.update(is_login_disabled=True),
    "user disabled": lambda shop, later: User.objects.update(is_active=False),
    "staff": lambda shop, later: User.objects.update(is_staff=True),
    "application off": lambda shop, later: type(shop).objects.update(is_active=False),
    "ended": lambda shop, later: sessions.end(Session.objects.all()),
    "deleted": lambda shop, later: Customer.objects.all().delete(),
}


@pytest.mark.parametrize("refusal", REFUSALS)
def test_every_reason_to_refuse_looks_the_same(api, shop, sms_outbox, later, refusal):
    token = sign_in(api, sms_outbox)["access_token"]
    assert ask(token).status_code == 200
    REFUSALS[refusal](shop, later)
    refuse(ask(token))


def test_a_policy_of_the_site_is_asked(api, sms_outbox, site):
    token = sign_in(api, sms_outbox)["access_token"]
    site(ACCOUNT_POLICY="tests.test_sessions.BrokenPolicy")
    refuse(ask(token))


def test_a_view_may_take_the_tokens_of_some_applications_only(api, api_of, bank, sms_outbox):
    theirs = sign_in(api_of(bank), sms_outbox)["access_token"]
    ours = sign_in(api, sms_outbox)["access_token"]
    assert ask(ours, "/orders/of-the-shop/").status_code == 200
    assert ask(theirs).status_code == 200
    answer = ask(theirs, "/orders/of-the-shop/")
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == 'Bearer realm="orders", error="invalid_token"'
    assert ask(ours, "/orders/of-nobody/").status_code == 401, "none is not all"


def test_of_one_token_that_two_applications_have_the_newest_that_is_on_counts(api, api_of, bank, sms_outbox, site):
    site(ACCESS_TOKEN_BACKEND=path_of("authtoken"))
    token = sign_in(api, sms_outbox)["access_token"]
    assert sign_in(api_of(bank), sms_outbox)["access_token"] == token
    assert "Example Bank" in ask(token).json()["auth"]
    bank.is_active = False
    bank.save()
    assert "Example Shop" in ask(token).json()["auth"]


def test_the_token_of_a_request_that_fails_is_in_no_report(api, sms_outbox, monkeypatch):
    """Django's report of an error shows the variables of every function that was running."""
    token = sign_in(api, sms_outbox)["access_token"]
    monkeypatch.setattr(AccessTokenQuerySet, "live", lambda rows: 1 / 0)
    with pytest.raises(ZeroDivisionError) as failed:
        ask(token)
    ours = "loginradius_passwordless/(authentication|flows)"
    frames = [frame for frame in ExceptionReporter(None, *failed._excinfo).get_traceback_frames() if re.search(ours, frame["filename"])]  # fmt: skip
    assert [frame["function"] for frame in frames] == ["authenticate", "authenticate", "live_token_of_any"]
    assert token not in str([frame["vars"] for frame in frames])


# What `manage.py check` says


@pytest.fixture
def problems(site):
    from loginradius_passwordless.checks.access_tokens import check_access_tokens

    def of(issuer):
        site(ACCESS_TOKEN_BACKEND=path_of(issuer) if re.fullmatch(r"\w+", issuer) else issuer)
        found = list(check_access_tokens(None))
        assert all(message.id == "loginradius_passwordless.E014" for message in found)
        return " ".join(message.msg for message in found)

    return of


def test_every_issuer_is_content_with_a_site_in_order(problems):
    assert not [problems(issuer) for issuer in ISSUERS if problems(issuer)]


@pytest.mark.parametrize(
    "path", ["nothing", "shop.tokens.Issuer", "loginradius_passwordless.conf.Settings", f"{__name__}.path_of"]
)
def test_what_is_no_issuer_is_an_error(problems, path):
    assert "ACCESS_TOKEN_BACKEND" in problems(path)


@pytest.mark.parametrize(("issuer", "app"), [("knox", "knox"), ("authtoken", "rest_framework.authtoken")])
def test_an_issuer_without_its_app_is_an_error(problems, settings, issuer, app):
    settings.INSTALLED_APPS = [name for name in settings.INSTALLED_APPS if name != app]
    assert app in problems(issuer)


@pytest.mark.parametrize("options", [{"AUTO_REFRESH": True}, {"AUTH_TOKEN_CHARACTER_LENGTH": 30}])
def test_knox_settings_that_undo_ours_are_an_error(problems, settings, options):
    settings.REST_KNOX = options
    assert next(iter(options)) in problems("knox")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"SIGNING_KEY": "x" * 31}, "SIGNING_KEY in SIMPLE_JWT is shorter than 32 bytes"),
        ({"SIGNING_KEY": b"x" * 31}, "SIGNING_KEY"),
        ({"SIGNING_KEY": None}, "SIGNING_KEY"),
        ({"SIGNING_KEY": "x" * 63, "ALGORITHM": "HS512"}, "64 bytes"),
        ({"SIGNING_KEY": "", "ALGORITHM": "RS256"}, "SIGNING_KEY"),
        ({"USER_ID_CLAIM": "sid"}, "claims"),
        ({"JTI_CLAIM": "sid"}, "claims"),
        ({"USER_ID_CLAIM": "exp"}, "claims"),
        ({"USER_ID_FIELD": "uuid"}, "does not have"),
        ({"USER_ID_FIELD": "email"}, "two users may share"),
        ({"AUTH_TOKEN_CLASSES": ("rest_framework_simplejwt.tokens.SlidingToken",)}, "AUTH_TOKEN_CLASSES"),
    ],
)
def test_simple_jwt_settings_that_let_strangers_in_or_nobody_are_an_error(problems, settings, options, said):
    settings.SIMPLE_JWT = options
    found = problems("simplejwt")
    assert said in found
    assert "xxx" not in found


def test_sessions_in_cookies_cannot_be_tokens(problems, settings):
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"
    assert "cookies" in problems("session")


def test_the_default_is_ours_for_every_sdk(api, sms_outbox):
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", sign_in(api, sms_outbox)["access_token"])
    assert AccessToken.objects.get().issuer == f"{guid.__name__}.AccessTokenBackend"


def test_a_customer_of_the_site_is_the_same_user_for_all(api, sms_outbox, phone_customer, issuer):
    token = sign_in(api, sms_outbox)["access_token"]
    assert ask(token).json()["user"] == phone_customer.user_id
