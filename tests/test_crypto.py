"""Secrets: drawn evenly, stored so that a stolen table is of no use."""

import re
from collections import Counter

import pytest
from cryptography.fernet import InvalidToken

from loginradius_passwordless import crypto

CONTEXT = ("login", "one_touch", "1", "a" * 64, "row")


def test_codes_are_drawn_evenly_in_every_place():
    draws = 20_000
    codes = [crypto.new_code(6, "0123456789") for _ in range(draws)]
    for place in range(6):
        counts = Counter(code[place] for code in codes)
        chi_squared = sum((counts[digit] - draws / 10) ** 2 / (draws / 10) for digit in "0123456789")
        assert chi_squared < 40  # nine degrees of freedom: beyond this once in a hundred thousand runs
    assert all(re.fullmatch(r"[0-9]{6}", code) for code in codes)


def test_links_carry_256_bits_and_guids_128():
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", crypto.new_link())
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", crypto.new_guid())
    assert len({crypto.new_guid()[14] for _ in range(200)}) > 8, "the version digit is random too"


@pytest.mark.parametrize("place", range(len(CONTEXT)))
def test_a_code_is_good_for_its_whole_context_only(place):
    stored = crypto.code_digest("123456", *CONTEXT)
    assert crypto.code_matches(stored, "123456", *CONTEXT)
    assert not crypto.code_matches(stored, "123457", *CONTEXT)
    other = [*CONTEXT]
    other[place] += "x"
    assert not crypto.code_matches(stored, "123456", *other)


def test_parts_of_a_context_cannot_be_shifted_into_each_other():
    assert crypto.code_digest("1", "ab", "c") != crypto.code_digest("1", "a", "bc")
    assert crypto.code_digest("1", "a") != crypto.code_digest("1a")


def test_a_stolen_table_without_the_key_cannot_be_searched(settings):
    stored = crypto.code_digest("123456", *CONTEXT)
    settings.SECRET_KEY = "another"
    assert not crypto.code_matches(stored, "123456", *CONTEXT)


def test_a_fallback_key_still_verifies_but_no_longer_signs(settings):
    stored = crypto.code_digest("123456", *CONTEXT)
    sealed = crypto.seal("text")
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another"
    assert crypto.code_matches(stored, "123456", *CONTEXT)
    assert crypto.unseal(sealed) == "text"
    assert crypto.code_digest("123456", *CONTEXT) != stored


def test_what_was_sealed_cannot_be_changed_or_read():
    sealed = crypto.seal("the code is 123456")
    assert b"123456" not in sealed
    with pytest.raises(InvalidToken):
        crypto.unseal(sealed[:-4] + b"AAAA")
