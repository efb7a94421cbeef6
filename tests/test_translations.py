"""The languages of the hosted pages: complete, unbroken, and seen by people only."""

import ast
import re
import struct
from pathlib import Path

import pytest
from django.test import Client
from django.utils import translation
from django.utils.translation import templatize

from loginradius_passwordless import errors

from .conftest import link_from, new_guid, press, start_email

PACKAGE = Path(errors.__file__).parent.parent
LOCALE = PACKAGE / "locale"
TEMPLATES = PACKAGE / "templates/loginradius_passwordless/hosted"
LANGUAGES = ["ar", "de", "es", "fr", "it", "ja", "nl", "pl", "pt", "tr"]

# Every error of a login can end on a page of ours or of the site's, and of the errors of a call these.
SHOWN = {"NotFound", "TooManyRequests", "ServerError", "MissingEmail", "InvalidEmail", "MissingPhone", "InvalidPhone"}

STRING = r"""u?(?:"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')"""
MARKED = re.compile(rf"\b(?:_|p?gettext)\(((?:{STRING}[, ]*)+)\)")
MARKERS = {"_", "gettext", "gettext_lazy", "gettext_noop", "pgettext", "pgettext_lazy"}
CONTEXT = "\4"  # what gettext puts between a context and its text

every_language = pytest.mark.parametrize("language", LANGUAGES)


def of_template(path):
    """The texts of a template, as makemessages finds them."""
    source = templatize(path.read_text("utf-8"))
    assert "ngettext(" not in source, "this test does not know plurals yet"
    return [CONTEXT.join(ast.literal_eval(f"({found[1]},)")) for found in MARKED.finditer(source)]


def of_module(path):
    return [
        CONTEXT.join(argument.value for argument in node.args)
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in MARKERS
        and all(isinstance(argument, ast.Constant) for argument in node.args)
    ]


def of_errors():
    shown = [error for error in errors.table() if error.__module__.endswith(".logins") or error.__name__ in SHOWN]
    with translation.override(None):
        return [str(text) for error in shown for text in (error.message, error.description)]


def everything_a_person_sees():
    templates = [text for path in TEMPLATES.glob("*.html") for text in of_template(path)]
    modules = [text for path in [*PACKAGE.glob("hosted/*.py"), PACKAGE / "visitors.py"] for text in of_module(path)]
    return {*templates, *modules, *of_errors()}


def read_po(language):
    """The entries of a .po file, header included, as pairs of original and translation."""
    entries = []
    for block in (LOCALE / language / "LC_MESSAGES/django.po").read_text("utf-8").strip().split("\n\n"):
        fields, field = {}, ""
        for line in block.splitlines():
            if line.startswith("#"):
                continue
            keyword, text = re.fullmatch(r'(?:(msgctxt|msgid|msgstr) )?(".*")', line).groups()
            field = keyword or field
            fields[field] = fields.get(field, "") + ast.literal_eval(text)
        context = fields["msgctxt"] + CONTEXT if "msgctxt" in fields else ""
        entries.append((context + fields["msgid"], fields["msgstr"]))
    return entries


def read_mo(language):
    """The entries of a .mo file, header included, as pairs of original and translation."""
    data = (LOCALE / language / "LC_MESSAGES/django.mo").read_bytes()
    magic, _revision, count, originals, translations = struct.unpack_from("<5I", data)
    assert magic == 0x950412DE

    def text(table, index):
        length, start = struct.unpack_from("<2I", data, table + 8 * index)
        return data[start : start + length].decode()

    return [(text(originals, index), text(translations, index)) for index in range(count)]


def catalog(language):
    return {original: text for original, text in read_po(language) if original}


def opened(link, language):
    return Client(headers={"Accept-Language": language}).get(link, follow=True).content.decode()


@pytest.fixture
def link(api, mailbox):
    start_email(api)
    return link_from(mailbox[0])


def test_these_languages_are_shipped_and_no_others():
    assert sorted(path.name for path in LOCALE.iterdir()) == LANGUAGES


def test_the_texts_are_found_wherever_they_are_written():
    seen = everything_a_person_sees()
    in_a_tag, in_a_block, in_a_view = "It's me", "Sign in to %(name)s?", "Nobody was signed in"
    in_a_context, of_a_device = f"landing page{CONTEXT}unknown", "a TV"
    of_a_login, of_a_call = "This link has expired", "Something went wrong on our side"
    assert {in_a_tag, in_a_context, in_a_block, in_a_view, of_a_device, of_a_login, of_a_call} <= seen
    assert "The API key is missing" not in seen


@every_language
def test_a_language_translates_everything_that_a_person_sees_and_nothing_else(language):
    entries = read_po(language)
    translated = {original for original, text in entries if original and text.strip()}
    assert translated == everything_a_person_sees()
    assert len(entries) == len(translated) + 1


@every_language
def test_a_translation_has_the_placeholders_of_its_original(language):
    for original, text in catalog(language).items():
        assert sorted(re.findall(r"%\(\w+\)s", text)) == sorted(re.findall(r"%\(\w+\)s", original)), text
        assert "%" not in re.sub(r"%\(\w+\)s", "", text), text


@every_language
def test_a_translation_is_text_and_no_markup(language):
    # Django trusts translations: what templates translate goes into the page as it is.
    assert [text for text in catalog(language).values() if re.search("[<>&]", text)] == []


@every_language
def test_the_explanation_names_the_buttons_as_they_are_written(language):
    texts = catalog(language)
    explanation = next(text for original, text in texts.items() if original.startswith("“It's me”"))
    assert texts["It's me"] in explanation
    assert texts["Not me"] in explanation
    assert texts["It's me"] != texts["Not me"]


@every_language
def test_the_compiled_file_says_exactly_what_the_written_one_says(language):
    assert sorted(read_mo(language)) == sorted(read_po(language))


@every_language
def test_a_catalog_says_which_language_it_is_and_names_nobody(language):
    path = LOCALE / language / "LC_MESSAGES/django.po"
    header = dict(line.split(": ", 1) for line in dict(read_po(language))[""].splitlines())
    plural_forms = header.pop("Plural-Forms")
    assert re.fullmatch(r"nplurals=\d; plural=.+;", plural_forms)
    assert header == {
        "Project-Id-Version": "loginradius-passwordless 0.1.0",
        "Language": language,
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=UTF-8",
        "Content-Transfer-Encoding": "8bit",
    }
    comments = [line for line in path.read_text("utf-8").splitlines() if line.startswith("#")]
    assert set(comments) <= {"#, python-format"}, "fuzzy entries are never shown, paths and names are nobody's business"


@pytest.mark.django_db(transaction=True)
@every_language
def test_the_landing_page_is_in_the_language_of_its_reader(link, language):
    page, texts = opened(link, language), catalog(language)
    assert f'<html lang="{language}" dir="{"rtl" if language == "ar" else "ltr"}">' in page
    for original in {*of_template(TEMPLATES / "link.html")} - {f"landing page{CONTEXT}unknown", "%(since)s ago"}:
        assert texts[original] % {"name": "Example Shop"} in page


@pytest.mark.django_db(transaction=True)
@every_language
def test_how_long_ago_it_was_is_in_the_language_of_its_reader(link, language, later):
    later(minutes=3)
    before, after = catalog(language)["%(since)s ago"].split("%(since)s")
    assert re.search(rf">{before}3\W?\w+{after}</time>", opened(link, language))


@pytest.mark.django_db(transaction=True)
@every_language
@pytest.mark.parametrize(
    ("decision", "title"), [("approve", "The other device is signed in"), ("deny", "Nobody was signed in")]
)
def test_what_became_of_it_is_in_the_language_of_its_reader(link, language, decision, title):
    reader = Client(enforce_csrf_checks=True, headers={"Accept-Language": language})
    assert f"<h1>{catalog(language)[title]}</h1>" in press(reader, link, decision).content.decode()


@pytest.mark.django_db(transaction=True)
@every_language
def test_an_error_is_in_the_language_of_its_reader(language):
    page, texts = opened("/signin/link/?vtoken=nobody-made-this", language), catalog(language)
    with translation.override(None):
        said = [texts[str(errors.UnknownLink.message)], texts[str(errors.UnknownLink.description)]]
    assert [text for text in said if text not in page] == []
    assert texts["Code %(code)s"] % {"code": 1063} in page


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("region", "language"), [("pt-BR", "pt"), ("es-MX", "es"), ("de-AT", "de"), ("fr-CA,en", "fr")]
)
def test_a_reader_from_another_region_is_understood(link, region, language):
    assert catalog(language)["It's me"] in opened(link, region)


@pytest.mark.django_db(transaction=True)
def test_a_reader_of_a_language_that_is_not_shipped_gets_english(link):
    assert "Was it you, just now?" in opened(link, "eo")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("method", "path", "query", "error"),
    [
        ("GET", "auth/login/smartlogin/ping", {"clientguid": new_guid()}, errors.UnknownClientGUID),
        ("GET", "auth/email/onetouchlogin", {"verificationtoken": "nobody-made-this"}, errors.UnknownLink),
        ("POST", "auth/onetouchlogin/email", {"clientguid": new_guid()}, errors.MissingEmail),
        ("POST", "auth/onetouchlogin/phone", {"phone": "nonsense"}, errors.InvalidPhone),
        ("GET", "nothing/here", {}, errors.NotFound),
    ],
    ids=lambda value: value.__name__ if isinstance(value, type) else "",
)
def test_errors_of_the_api_stay_english_for_a_german_reader(shop, api_of, method, path, query, error):
    german = api_of(shop, accept_language="de")
    answer = german.call(method, path, query).json() if method == "POST" else german.call(method, path, **query).json()
    with translation.override(None):
        english = {"ErrorCode": error.code, "Message": str(error.message), "Description": str(error.description)}
    assert {name: answer[name] for name in english} == english
    with translation.override("de"):
        assert str(error.message) == catalog("de")[english["Message"]] != english["Message"]
