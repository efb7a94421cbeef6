"""What a client does with its tokens."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth import get_user_model

from loginradius_passwordless.models import AccessToken, ApplicationSecret, Customer

from .conftest import code_from, error_code, start_phone

pytestmark = pytest.mark.django_db(transaction=True)
REFRESH = "manage/account/access_token/refresh"
PHONE = "+14155550123"


@pytest.fixture
def login(api, sms_outbox):
    start_phone(api)
    return api.put("auth/onetouchlogin/phone/verify", {"phone": PHONE}, otp=code_from(sms_outbox[0])).json()


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


def test_tokens_are_dashed_guids_and_expiry_is_a_utc_timestamp(login):
    for name in ("access_token", "refresh_token"):
        assert str(uuid.UUID(login[name])) == login[name]
        assert len(login[name]) == 36
    expires = datetime.strptime(login["expires_in"], "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
    assert abs(expires - datetime.now(UTC) - timedelta(minutes=15)) < timedelta(seconds=20)


def test_the_database_holds_no_token(login):
    row = AccessToken.objects.get()
    stored = {str(value) for value in vars(row).values()}
    assert login["access_token"] not in stored
    assert login["refresh_token"] not in stored


def test_the_profile_is_at_the_top_level_and_has_every_core_field(api, login):
    profile = api.get("auth/account", headers=bearer(login["access_token"])).json()
    core = {
        "Uid", "ID", "Provider", "UserName", "PhoneId", "PhoneIdVerified", "Email", "UnverifiedEmail", "EmailVerified", "FirstName",
        "LastName", "FullName", "PhoneNumbers", "CreatedDate", "ModifiedDate", "ProfileModifiedDate", "SignupDate", "LastLoginDate",
        "LastPasswordChangeDate", "PasswordExpirationDate", "IsActive", "IsDeleted", "IsEmailSubscribed", "IsLoginLocked",
        "LoginLockedType", "FirstLogin", "NoOfLogins", "LastLoginLocation", "RegistrationProvider", "RegistrationSource",
        "CustomFields", "Roles", "Identities",
    }  # fmt: skip
    assert core <= set(profile)
    assert profile["Password"] is None
    assert "" not in [value for name, value in profile.items() if name.endswith("Date")]
    assert profile["NoOfLogins"] == 1
    assert profile == login["Profile"]


def test_validate_says_until_when_the_token_works(api, login):
    answer = api.get("auth/access_token/Validate", headers=bearer(login["access_token"])).json()
    assert answer == {"access_token": login["access_token"], "refresh_token": None, "expires_in": login["expires_in"]}
    info = api.get("auth/access_token", headers=bearer(login["access_token"])).json()
    assert info["access_token"] == login["access_token"]


def test_a_token_dies_after_a_quarter_of_an_hour(api, login, later):
    later(minutes=15, seconds=1)
    assert error_code(api.get("auth/account", headers=bearer(login["access_token"]))) == 906


def test_sign_out_ends_the_token_and_its_refresh_token(api, login, shop_secret):
    headers = bearer(login["access_token"])
    assert api.get("auth/access_token/InValidate", headers=headers).json() == {"IsPosted": True}
    assert error_code(api.get("auth/account", headers=headers)) == 905
    assert error_code(api.get("auth/access_token/invalidate", headers=headers)) == 905
    secret = {"X-LoginRadius-ApiSecret": shop_secret}
    assert error_code(api.get(REFRESH, refresh_token=login["refresh_token"], headers=secret)) == 1217


@pytest.mark.parametrize("prevent", ["true", "false"])
def test_sign_out_ends_the_session_whatever_is_said_of_the_refresh_token(api, login, shop_secret, prevent):
    api.get("auth/access_token/invalidate", preventrefresh=prevent, headers=bearer(login["access_token"]))
    assert error_code(api.get("auth/account", headers=bearer(login["access_token"]))) == 905
    secret = {"X-LoginRadius-ApiSecret": shop_secret}
    assert error_code(api.get(REFRESH, refresh_token=login["refresh_token"], headers=secret)) == 1217


def test_sign_out_with_a_token_that_was_refreshed_since_ends_the_new_ones_too(api, login, shop_secret):
    secret = {"X-LoginRadius-ApiSecret": shop_secret}
    new = api.get(REFRESH, refresh_token=login["refresh_token"], headers=secret).json()
    assert api.get("auth/access_token/invalidate", headers=bearer(login["access_token"])).status_code == 200
    assert error_code(api.get("auth/account", headers=bearer(new["access_token"]))) == 905


@pytest.mark.parametrize(
    "header", [{}, {"Authorization": ""}, {"Authorization": "Basic abc"}, {"Authorization": "Bearer "}]
)
def test_a_missing_token_has_its_own_code(api, header):
    assert error_code(api.get("auth/account", headers=header)) == 1060


def test_a_token_is_unknown_to_strangers(api, api_of, bank, login):
    for token in (str(uuid.uuid4()), "x", "' OR 1=1", "é", login["refresh_token"], "x" * 4000):
        assert (
            error_code(api.get("auth/account", headers={"Authorization": f"Bearer {token}".encode().decode("latin-1")}))
            == 905
        )
    assert error_code(api_of(bank).get("auth/account", headers=bearer(login["access_token"]))) == 905


def test_every_changed_bit_makes_another_token(api, login):
    number = uuid.UUID(login["access_token"]).int
    for bit in range(0, 128, 8):
        assert error_code(api.get("auth/account", headers=bearer(uuid.UUID(int=number ^ (1 << bit))))) == 905


def test_a_token_in_the_query_counts_only_where_the_site_allows_it(api, login, site):
    assert error_code(api.get("auth/account", access_token=login["access_token"])) == 1060
    site(ALLOW_SECRETS_IN_QUERY=True)
    assert api.get("auth/account", access_token=login["access_token"]).status_code == 200


def test_refresh_rotates_both_tokens(api, login, shop_secret):
    secret = {"X-LoginRadius-ApiSecret": shop_secret}
    new = api.get(REFRESH, refresh_Token=login["refresh_token"], headers=secret).json()
    assert set(new) == {"access_token", "refresh_token", "expires_in"}
    assert error_code(api.get("auth/account", headers=bearer(login["access_token"]))) == 906
    assert api.get("auth/account", headers=bearer(new["access_token"])).status_code == 200


def test_a_refresh_token_that_comes_twice_ends_the_session(api, login, shop_secret):
    secret = {"X-LoginRadius-ApiSecret": shop_secret}
    new = api.get(REFRESH, refresh_token=login["refresh_token"], headers=secret).json()
    assert error_code(api.get(REFRESH, refresh_token=login["refresh_token"], headers=secret)) == 1217
    assert error_code(api.get("auth/account", headers=bearer(new["access_token"]))) == 905
    assert error_code(api.get(REFRESH, refresh_token=new["refresh_token"], headers=secret)) == 1217


def test_a_refresh_token_dies_after_sixty_days(api, login, shop_secret, later):
    later(days=60, seconds=1)
    secret = {"X-LoginRadius-ApiSecret": shop_secret}
    assert error_code(api.get(REFRESH, refresh_token=login["refresh_token"], headers=secret)) == 1217


def test_revoke_ends_the_session(api, login, shop_secret):
    secret = {"X-LoginRadius-ApiSecret": shop_secret}
    answer = api.get(REFRESH + "/revoke", refresh_token=login["refresh_token"], headers=secret)
    assert answer.json() == {"IsDeleted": True}
    assert error_code(api.get("auth/account", headers=bearer(login["access_token"]))) == 905
    assert error_code(api.get(REFRESH + "/revoke", refresh_token=login["refresh_token"], headers=secret)) == 1217


def test_management_needs_a_live_secret_of_the_same_application(api, login, bank, shop, shop_secret, site):
    def refresh(**headers):
        return error_code(api.get(REFRESH, refresh_token=login["refresh_token"], headers=headers))

    assert refresh() == 923
    assert refresh(**{"X-LoginRadius-ApiSecret": "wrong"}) == 902
    assert refresh(**{"X-LoginRadius-ApiSecret": "x" * 300}) == 921
    assert refresh(**{"X-LoginRadius-ApiSecret": ApplicationSecret.objects.issue(bank)}) == 902
    assert error_code(api.get(REFRESH, refresh_token=login["refresh_token"], apisecret=shop_secret)) == 923
    second = ApplicationSecret.objects.issue(shop)
    ApplicationSecret.objects.earliest("pk").revoke()
    assert refresh(**{"X-LoginRadius-ApiSecret": shop_secret}) == 902
    assert (
        api.get(REFRESH, refresh_token=login["refresh_token"], headers={"X-LoginRadius-ApiSecret": second}).status_code
        == 200
    )


def test_a_sixth_secret_ends_the_oldest(shop):
    secrets = [ApplicationSecret.objects.issue(shop) for _ in range(6)]
    assert [ApplicationSecret.objects.verify(shop, secret) for secret in secrets] == [
        False,
        True,
        True,
        True,
        True,
        True,
    ]


@pytest.mark.parametrize("change", ["blocked", "inactive", "deleted"])
def test_a_closed_account_loses_its_tokens_at_once(api, login, shop_secret, change):
    if change == "blocked":
        Customer.objects.update(is_blocked=True)
    elif change == "inactive":
        get_user_model().objects.update(is_active=False)
    else:
        get_user_model().objects.all().delete()
    code = 905 if change == "deleted" else 991
    assert error_code(api.get("auth/account", headers=bearer(login["access_token"]))) == code
    refused = api.get(REFRESH, refresh_token=login["refresh_token"], headers={"X-LoginRadius-ApiSecret": shop_secret})
    assert error_code(refused) == (1217 if change == "deleted" else 991)
