"""The field for a phone number, with its script: countries by name, and numbers as people there write theirs."""

import pytest
from playwright.sync_api import Page, expect

from ..conftest import API_Client
from .conftest import Open
from .phone_pages import PASSWORD, REGISTER
from .phoning import AMERICAN, country_field, expect_heading, password_field, phone_field, press
from .signing_in import PHONE, complaints

NO_NAMES = "delete Intl.DisplayNames;"
NAMED = {
    "en": ["Afghanistan +93", "Germany +49", "United States +1"],
    "de": ["Afghanistan +93", "Deutschland +49", "Österreich +43", "Vereinigte Staaten +1"],
    "ja": ["アフガニスタン +93", "ドイツ +49"],
    "ar": ["ألمانيا +49", "الولايات المتحدة +1"],
}
IN_ORDER = """
([names, language]) => names.slice(1).every((name, place) => names[place].localeCompare(name, language) <= 0)
"""
# Where a plus sign and the digit after it are drawn, in a line with the words of an option.
PLACES = """
() => {
  const words = country.querySelector("option[value=DE]").text, line = document.body.appendChild(document.createElement("div"));
  line.append(words);
  return [words.indexOf("+"), words.indexOf("+") + 1].map((place) => {
    const sign = new Range();
    sign.setStart(line.firstChild, place);
    sign.setEnd(line.firstChild, place + 1);
    return sign.getBoundingClientRect().left;
  });
}
"""
# As address books copy a number: between signs that say which way it is read, and that nobody sees.
COPIED = "\u202a+1 415 555 0123\u202c"


@pytest.fixture
def page(open_page: Open, demo: API_Client) -> Page:
    return open_page(REGISTER, **AMERICAN)


def options(page: Page) -> list[str]:
    return list(country_field(page).locator("option").all_inner_texts())


def type_in(page: Page, text: str) -> None:
    phone_field(page).press_sequentially(text)


def paste(page: Page, text: str) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.evaluate("text => navigator.clipboard.writeText(text)", text)
    phone_field(page).focus()
    page.keyboard.press("ControlOrMeta+V")


def press_keys(page: Page, key: str, times: int) -> None:
    for _time in range(times):
        page.keyboard.press(key)


# The countries


@pytest.mark.parametrize("language", NAMED)
def test_countries_have_their_names_in_the_readers_language_and_its_order(open_page, demo, language):
    page = open_page(REGISTER, locale=language)
    names = [text.replace("\u200e", "") for text in options(page)[1:]]
    assert [name for name in NAMED[language] if name not in names] == []
    assert len(names) > 200
    assert page.evaluate(IN_ORDER, [names, language])


@pytest.mark.parametrize("language", ["de", "ar"])
def test_the_plus_sign_stays_before_the_code_whichever_way_one_reads(open_page, demo, language):
    page = open_page(REGISTER, locale=language)
    plus, digit = page.evaluate(PLACES)
    assert plus < digit


def test_the_country_of_the_browser_stays_chosen_when_the_list_gets_its_names(open_page, demo):
    page = open_page(REGISTER, locale="de-AT")
    expect(country_field(page)).to_have_value("AT")
    name = country_field(page).evaluate("field => field.selectedOptions[0].text")
    assert name.replace("\u200e", "") == "Österreich +43"


def test_no_country_is_chosen_where_the_browser_names_none(open_page, demo):
    page = open_page(REGISTER, locale="de")
    expect(country_field(page)).to_have_value("")
    type_in(page, "4155550123")
    expect(phone_field(page)).to_have_value("4155550123")


def test_a_country_is_found_by_typing_its_name(page):
    country_field(page).focus()
    page.keyboard.type("Germ")
    expect(country_field(page)).to_have_value("DE")


def test_where_browsers_know_no_names_countries_have_their_codes_and_numbers_are_still_written(open_page, demo):
    page = open_page()
    page.add_init_script(NO_NAMES)
    complained = complaints(page)
    page.goto(REGISTER)
    assert options(page)[1:3] == ["AC +247", "AD +376"]
    country_field(page).select_option("US")
    type_in(page, "4155550123")
    expect(phone_field(page)).to_have_value("415-555-0123")
    assert complained == []


# The number


@pytest.mark.parametrize(
    ("country", "typed", "written"),
    [
        ("US", "4155550123", "415-555-0123"),
        ("US", "(415) 555-0123", "415-555-0123"),
        ("US", "415", "415"),
        ("FR", "612345678", "6 12 34 56 78"),
        ("DE", "15123456789", "1512 3456789"),
    ],
)
def test_a_number_is_written_as_people_there_write_it_while_it_is_typed(page, country, typed, written):
    country_field(page).select_option(country)
    type_in(page, typed)
    expect(phone_field(page)).to_have_value(written)


@pytest.mark.parametrize("typed", ["+49 151 23456789", "0151 23456789", "0049151/23456789"])
def test_what_begins_with_a_plus_sign_or_a_zero_is_let_be(page, typed):
    country_field(page).select_option("DE")
    type_in(page, typed)
    expect(phone_field(page)).to_have_value(typed)


@pytest.mark.parametrize("typed", ["٤١٥٥٥٥٠١٢٣", "４１５５５５０１２３", "415–555–0123", "four"])
def test_what_has_other_signs_is_let_be(page, typed):
    type_in(page, typed)
    expect(phone_field(page)).to_have_value(typed)


@pytest.mark.parametrize("pasted", [COPIED, "+1 (415) 555-0123", "415.555.0123 ext. 9", "٤١٥ ٥٥٥ ٠١٢٣"])
def test_what_is_pasted_with_other_signs_is_let_be(page, pasted):
    paste(page, pasted)
    expect(phone_field(page)).to_have_value(pasted)


def test_a_number_out_of_an_address_book_is_understood(page, sms_outbox):
    country_field(page).select_option("DE")
    paste(page, COPIED)
    password_field(page).fill(PASSWORD)
    press(page, "Send me a code")
    expect_heading(page, "Enter the code")
    assert sms_outbox[0].to == PHONE


@pytest.mark.parametrize(
    "digits", ["٤١٥٥٥٥٠١٢٣", "４１５５５５０１２３", "415–555–0123"], ids=["Arabic", "full-width", "dashes"]
)
def test_digits_of_other_scripts_and_other_dashes_are_understood(page, sms_outbox, digits):
    type_in(page, digits)
    password_field(page).fill(PASSWORD)
    press(page, "Send me a code")
    expect_heading(page, "Enter the code")
    assert sms_outbox[0].to == PHONE


@pytest.mark.parametrize("pasted", ["4155550123", "(415) 555-0123", " 415.555.0123 ", "415\u00a0555\u00a00123"])
def test_a_pasted_number_is_written_the_same_way(page, pasted):
    paste(page, pasted)
    expect(phone_field(page)).to_have_value("415-555-0123")


def test_a_correction_in_the_middle_is_let_be_with_the_caret_where_it_was(page):
    type_in(page, "4155550123")
    press_keys(page, "ArrowLeft", 9)
    page.keyboard.press("Backspace")
    expect(phone_field(page)).to_have_value("41-555-0123")
    page.keyboard.type("6")
    expect(phone_field(page)).to_have_value("416-555-0123")
    assert phone_field(page).evaluate("field => field.selectionStart") == 3


def test_backspace_goes_back_through_what_was_written_between_the_digits(page):
    type_in(page, "4155550123")
    for length in range(len("415-555-0123") - 1, 1, -1):
        page.keyboard.press("Backspace")
        expect(phone_field(page)).to_have_value("415-555-0123"[:length])
    page.keyboard.type("65550123")
    expect(phone_field(page)).to_have_value("416-555-0123")


def test_another_country_writes_the_number_anew(page):
    type_in(page, "612345678")
    expect(phone_field(page)).to_have_value("612-345-678")
    country_field(page).select_option("FR")
    expect(phone_field(page)).to_have_value("6 12 34 56 78")
    country_field(page).select_option("")
    expect(phone_field(page)).to_have_value("6 12 34 56 78")


def test_more_digits_than_a_number_there_has_are_kept_and_nothing_is_lost_by_typing_on(page):
    type_in(page, "41555501239")
    expect(phone_field(page)).to_have_value("415-555-01239")
    page.keyboard.press("Backspace")
    expect(phone_field(page)).to_have_value("415-555-0123")


def test_a_national_prefix_that_is_no_zero_is_understood(page, sms_outbox):
    type_in(page, "1 415 555 0123")
    password_field(page).fill(PASSWORD)
    press(page, "Send me a code")
    expect_heading(page, "Enter the code")
    assert sms_outbox[0].to == PHONE


def test_a_number_that_comes_back_with_an_error_can_be_typed_on(page):
    type_in(page, "4155550")
    password_field(page).fill(PASSWORD)
    press(page, "Send me a code")
    expect(page.get_by_role("alert")).to_be_visible()
    expect(phone_field(page)).to_have_value("415-555-0")
    phone_field(page).press("End")
    page.keyboard.type("123")
    expect(phone_field(page)).to_have_value("415-555-0123")
