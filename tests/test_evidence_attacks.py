"""Evidence under attack: filters that reach further than the page, and what no database takes."""

import json
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.urls import reverse

from loginradius_passwordless.admin import searching
from loginradius_passwordless.admin.funnel import funnels
from loginradius_passwordless.models import Event, LoginAttempt, Message

from .conftest import customer_of, start_email

pytestmark = pytest.mark.django_db(transaction=True)
User = get_user_model()
THROUGH = "application__attempts__"


def page(model: Any) -> str:
    return reverse(f"admin:loginradius_passwordless_{model._meta.model_name}_changelist")


@pytest.fixture
def otto(db: Any) -> Client:
    """Staff who may see evidence, and nothing else."""
    user = User.objects.create(username="otto", is_staff=True, is_active=True)
    names = ["view_loginattempt", "view_message", "view_event"]
    user.user_permissions.set(Permission.objects.filter(codename__in=names))
    client = Client(raise_request_exception=False)
    client.force_login(user)
    return client


@pytest.mark.parametrize("model", [LoginAttempt, Message, Event])
@pytest.mark.parametrize(
    "lookup",
    [
        f"{THROUGH}recipient__startswith",
        f"{THROUGH}customer__user__password__startswith",
        "application__secrets__digest__startswith",
        "application__messages__customer__user__email__startswith",
    ],
)
def test_no_filter_reaches_through_an_application(api, otto, model, lookup):
    start_email(api, "alice@example.com")
    answer = otto.get(page(model), {lookup: "a", "application__attempts__pk": LoginAttempt.objects.get().pk})
    assert answer.status_code == 400


@pytest.mark.parametrize("lookup", ["application__name__regex", "application__api_key__startswith", "flow__regex"])
def test_a_filter_is_one_that_the_page_offers(otto, lookup):
    assert otto.get(page(LoginAttempt), {lookup: "("}).status_code == 400


def test_a_masked_address_has_no_nul():
    assert searching.find("•••\0").masked == []  # PostgreSQL takes none: the page would be an error


@pytest.mark.parametrize("name", ["country", "channel", "shown_state"])
def test_no_filter_has_a_nul(otto, name):
    assert otto.get(page(LoginAttempt), {name: "a\0b"}).status_code == 400  # PostgreSQL: an error of the page


def test_a_code_that_was_guessed_at_a_decoy_was_opened_by_nobody(api):
    api.get("auth/login/passwordlesslogin/email", email="nobody@example.com")
    api.put("auth/login/passwordlesslogin/email/verify", {"email": "nobody@example.com", "otp": "123456"})
    LoginAttempt.objects.update(tries=1)
    assert LoginAttempt.objects.get().is_decoy
    [funnel] = funnels(7)
    assert funnel.totals["opened"] <= funnel.totals["delivered"]


@pytest.mark.parametrize("name", [None, 1234])
def test_a_customer_without_a_user_name_is_written_to(api, mailbox, monkeypatch, name):
    """User models may have a nullable or a numeric USERNAME_FIELD."""
    customer_of(User.objects.create(username="k"), "known@example.com")
    monkeypatch.setattr(User, "get_username", lambda self: name)
    assert api.get("auth/login/passwordlesslogin/email", email="known@example.com").status_code == 200
    assert len(mailbox) == 1


@pytest.mark.parametrize("profile", [[], "x", None, 5])
def test_a_customer_with_an_odd_profile_is_written_to(api, mailbox, profile):
    customer = customer_of(User.objects.create(username="k"), "known@example.com")
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE loginradius_passwordless_customer SET profile = %s WHERE id = %s",
            [json.dumps(profile), customer.pk],
        )
    assert api.get("auth/login/passwordlesslogin/email", email="known@example.com").status_code == 200
    assert len(mailbox) == 1
