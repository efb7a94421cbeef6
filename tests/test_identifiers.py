"""Addresses and numbers: one spelling for what is the same, never one for what is not."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loginradius_passwordless.errors import InvalidEmail, InvalidPhone
from loginradius_passwordless.identifiers import mask_email, mask_phone, parse_email, parse_phone


@pytest.mark.parametrize(
    ("text", "value", "canonical"),
    [
        ("alice@example.com", "alice@example.com", "alice@example.com"),
        (" Alice@Example.COM ", "Alice@example.com", "alice@example.com"),
        ("alice+tag@example.com", "alice+tag@example.com", "alice+tag@example.com"),
        ("o'hara_x-y@sub.example.co.uk", "o'hara_x-y@sub.example.co.uk", "o'hara_x-y@sub.example.co.uk"),
        ("julian@cüre53.de", "julian@xn--cre53-kva.de", "julian@xn--cre53-kva.de"),
        ("a@faß.de", "a@xn--fa-hia.de", "a@xn--fa-hia.de"),
        ("a@xn--fa-hia.de", "a@xn--fa-hia.de", "a@xn--fa-hia.de"),
        ("a@аpple.com", "a@xn--pple-43d.com", "a@xn--pple-43d.com"),
        ("1@example.com", "1@example.com", "1@example.com"),
    ],
)
def test_a_plain_address_is_brought_to_one_spelling(text, value, canonical):
    identity = parse_email(text)
    assert (identity.value, identity.canonical) == (value, canonical)


@pytest.mark.parametrize(
    "text",
    [
        "", "@", "alice", "alice@", "@example.com", "alice@example", "alice@example.com.", "alice@.com", "alice@exa..mple.com",
        "a.@example.com", ".a@example.com", "a..b@example.com", '"a b"@example.com', '"e@evil.com"@example.com', "a@b@example.com",
        "a@x.com,b@y.com", "a@x.com;b@y.com", "a@x.com b@y.com", "<a@x.com>", "Alice <a@x.com>", "a(comment)@x.com", "a@(c)x.com",
        "a@[127.0.0.1]", "a@127.0.0.1", "a@example.com\r\nBcc: b@y.com", "a@example.com%0d%0aBcc:b@y.com", "a\x00@example.com",
        "victim＠example.com", "mıke@example.com", "\u212a@example.com", "ß@example.com", "ａlice@example.com", "al​ice@example.com",
        "a@exa​mple.com", "a@ｅxample.com", "a@example。com", "\u202ealice@example.com", "a@exam_ple.com", "a@-example.com",
        "x" * 65 + "@example.com", "a@" + "x" * 64 + ".com", "a@" + "x." * 130 + "com", "ﬁ@example.com", "a@①.com", "é@example.com",
        "a@example.com\u2028", "a\\@example.com", "a@exa mple.com", "mailto:a@example.com", "a@example.com/x", "a@example.com#",
    ],
)  # fmt: skip
def test_what_is_not_plainly_one_address_is_refused(text):
    with pytest.raises(InvalidEmail):
        parse_email(text)


LOCAL = st.text(alphabet=string.ascii_letters + string.digits + "+-_", min_size=1, max_size=20)
DOMAIN = st.sampled_from(["example.com", "EXAMPLE.com", "bücher.example", "xn--bcher-kva.example", "a.b.c.example"])


@given(LOCAL, DOMAIN)
def test_parsing_what_was_parsed_changes_nothing(local, domain):
    identity = parse_email(f"{local}@{domain}")
    assert parse_email(identity.value).canonical == identity.canonical
    assert parse_email(identity.canonical).canonical == identity.canonical
    assert identity.canonical.isascii()


@given(LOCAL, LOCAL)
def test_two_mailboxes_never_become_one(first, second):
    same = parse_email(f"{first}@example.com").canonical == parse_email(f"{second}@example.com").canonical
    assert same == (first.lower() == second.lower())


@given(st.text(max_size=60))
def test_any_text_is_an_address_or_is_refused(text):
    try:
        identity = parse_email(text)
    except InvalidEmail:
        return
    assert identity.value.isascii()
    assert identity.value.count("@") == 1
    assert not set(identity.value) & set(' \r\n\t,;<>"()')


@given(st.text(max_size=40))
def test_any_text_is_a_number_or_is_refused(text):
    try:
        assert parse_phone(text).canonical[1:].isdigit()
    except InvalidPhone:
        return


@given(st.from_regex(r"\+1[ -]?\(?415\)?[ .-]?555[ ./-]?01[0-9]{2}", fullmatch=True))
def test_spellings_of_a_number_meet_in_e164(text):
    digits = "".join(char for char in text if char.isdigit())
    assert parse_phone(text).canonical == f"+{digits}"


def test_masks_show_enough_for_the_owner_only():
    assert mask_email("alice@example.com") == "a•••@example.com"
    assert mask_phone("+14155550123") == "+1•••0123"
