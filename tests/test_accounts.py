"""Whose account a proof opens."""

import pytest
from django.contrib.auth import get_user_model

from loginradius_passwordless import accounts, errors
from loginradius_passwordless.identifiers import parse_email, parse_phone
from loginradius_passwordless.models import Customer, Flow, Identifier, LoginAttempt
from loginradius_passwordless.models.customer import identity_key

pytestmark = pytest.mark.django_db(transaction=True)
User = get_user_model()
ALICE = parse_email("Alice@example.com")


@pytest.fixture
def attempt(shop):
    return LoginAttempt(application=shop, flow=Flow.ONE_TOUCH, channel="email", name="Alice de Vries", language="en")


def test_a_new_person_becomes_a_user_with_the_name_they_gave(attempt):
    proof = accounts.prove(ALICE, attempt)
    user = User.objects.get()
    assert proof.is_new
    assert (user.email, user.first_name, user.last_name) == ("alice@example.com", "Alice", "de Vries")
    assert not user.has_usable_password()
    assert Identifier.objects.get().value == "Alice@example.com"


def test_the_same_proof_again_opens_the_same_account(attempt):
    first = accounts.prove(ALICE, attempt)
    again = accounts.prove(parse_email("ALICE@EXAMPLE.COM"), attempt)
    assert (again.customer, again.is_new) == (first.customer, False)


def test_of_two_proofs_that_meet_one_registers_and_the_other_finds(attempt, monkeypatch):
    first = accounts.prove(ALICE, attempt)
    find, answers = accounts.find, [None]
    monkeypatch.setattr(accounts.proof, "find", lambda identity: answers.pop() if answers else find(identity))
    monkeypatch.setattr(accounts.proof, "users_with", lambda identity: [])
    second = accounts.prove(ALICE, attempt)
    assert (second.customer, second.is_new) == (first.customer, False)
    assert User.objects.count() == Customer.objects.count() == 1


@pytest.mark.parametrize("stored", ["alice@example.com", "Alice@Example.COM", " alice@example.com"])
def test_a_user_of_the_site_is_adopted_by_the_proof_of_their_address(attempt, stored):
    user = User.objects.create_user("alice")
    User.objects.update(email=stored)
    proof = accounts.prove(ALICE, attempt)
    if stored.startswith(" "):  # no address that the site could have meant: a new account
        assert proof.customer.user != user
    else:
        assert (proof.customer.user, proof.is_new) == (user, False)


@pytest.mark.parametrize(
    "stored", ["älice@example.com", "alice@example.com.evil.example", "alice@examp1e.com", "not an address", ""]
)
def test_an_address_that_only_looks_alike_adopts_nobody(attempt, stored):
    user = User.objects.create_user("mallory")
    User.objects.update(email=stored)
    assert accounts.prove(ALICE, attempt).customer.user != user


def test_two_users_with_one_address_are_not_guessed_at(attempt):
    for name in ("alice", "other"):
        User.objects.create_user(name, "alice@example.com")
    with pytest.raises(errors.AccountNotAllowed):
        accounts.prove(ALICE, attempt)
    assert not Customer.objects.exists()


def test_a_user_who_is_a_customer_already_is_not_adopted_by_what_their_user_row_says(attempt):
    customer = accounts.prove(parse_email("bob@example.com"), attempt).customer
    User.objects.filter(pk=customer.user_id).update(email="alice@example.com")
    assert accounts.prove(ALICE, attempt).customer != customer


def test_an_unproven_identifier_opens_nothing(attempt):
    customer = accounts.prove(parse_email("mallory@example.com"), attempt).customer
    Identifier.objects.create(customer=customer, kind="email", value=ALICE.value, canonical=ALICE.canonical)
    assert accounts.find(ALICE) is None
    assert accounts.prove(ALICE, attempt).customer != customer


def test_a_key_that_stands_for_another_address_opens_nothing(attempt):
    accounts.prove(parse_email("mallory@example.com"), attempt)
    Identifier.objects.update(proven_key=identity_key(ALICE))
    assert accounts.find(ALICE) is None


def test_a_phone_is_nobodys_until_it_is_proven(attempt):
    User.objects.create_user("+14155550123", "")
    phone = parse_phone("+14155550123")
    proof = accounts.prove(phone, attempt)
    assert proof.is_new
    assert proof.customer.user.get_username() == proof.customer.uid
    assert accounts.look_up(phone).customer == proof.customer
    assert accounts.look_up(parse_phone("+14155550124")).user is None


def test_a_deleted_user_frees_the_address_at_once(attempt):
    accounts.prove(ALICE, attempt).customer.user.delete()
    assert accounts.find(ALICE) is None
    assert accounts.prove(ALICE, attempt).is_new
