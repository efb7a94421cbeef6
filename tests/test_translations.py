"""The languages of the hosted pages: complete, unbroken, and seen by people only."""

import ast
import gettext
import re
import struct
from pathlib import Path

import pytest
from django.test import Client
from django.utils import translation
from django.utils.translation import templatize

from loginradius_passwordless import errors
from loginradius_passwordless.backends.places import Place
from loginradius_passwordless.flows import decision
from loginradius_passwordless.flows.steps import match
from loginradius_passwordless.hosted.problems import WORDS

from .conftest import fields_of, link_from, new_guid, press, start_email

PACKAGE = Path(errors.__file__).parent.parent
LOCALE = PACKAGE / "locale"
TEMPLATES = PACKAGE / "templates/loginradius_passwordless/hosted"
LANGUAGES = ["ar", "de", "es", "fr", "it", "ja", "nl", "pl", "pt", "tr"]

# Every error of a login can end on a page of ours or of the site's, and of the errors of a call these.
SHOWN = {"NotFound", "TooManyRequests", "ServerError", "MissingEmail", "InvalidEmail", "MissingPhone", "InvalidPhone"}

STRING = r"""u?(?:"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')"""
MARKED = re.compile(rf"\b(_|n?p?gettext)\(((?:{STRING}[, ]*)+)(?:count)?\)")
MARKERS = {"_", "gettext", "gettext_lazy", "gettext_noop", "pgettext", "pgettext_lazy"}
CONTEXT = "\4"  # what gettext puts between a context and its text
PLURAL = "\0"  # and between the forms of a text that counts something

# What the landing page says only where it is needed.
OTHER_COUNTRY = "It was asked in another country than the one you are in."
OTHER_NETWORK = "It was asked from another network than yours."
NOT_IN_FRONT = "If the device is not in front of you, choose “Not me”."
WHICH_NUMBER = "Which number does the device show?"
NUMBER_MISSING = "Pick a number first, or choose “Not me”."
WRONG_NUMBER_ENDS = "A wrong number ends the request."
NOT_ALWAYS = {
    f"landing page{CONTEXT}unknown", "%(since)s ago",
    OTHER_COUNTRY, OTHER_NETWORK, NOT_IN_FRONT, WHICH_NUMBER, NUMBER_MISSING, WRONG_NUMBER_ENDS,
}  # fmt: skip

REFUSE_OTHERS = f"Refuse the other request as well{PLURAL}Refuse the %(others)s other requests as well"
COUNTS = [*range(1, 200), 1_000_000, 2_000_000]
ELSEWHERE = "203.0.113.9"

every_language = pytest.mark.parametrize("language", LANGUAGES)


def of_template(path):
    """The texts of a template, as makemessages finds them."""
    source = templatize(path.read_text("utf-8"))
    assert "npgettext(" not in source, "this test does not know plurals with a context yet"
    return [
        (PLURAL if marker == "ngettext" else CONTEXT).join(ast.literal_eval(f"[{texts}]"))
        for marker, texts in MARKED.findall(source)
    ]


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
    """The entries of a .po file, header included, as pairs of original and translation; as a .mo file has them."""
    entries = []
    for block in (LOCALE / language / "LC_MESSAGES/django.po").read_text("utf-8").strip().split("\n\n"):
        fields, field = {}, ""
        for line in block.splitlines():
            if line.startswith("#"):
                continue
            keyword, text = re.fullmatch(r'(?:(msgctxt|msgid(?:_plural)?|msgstr(?:\[\d\])?) )?(".*")', line).groups()
            field = keyword or field
            fields[field] = fields.get(field, "") + ast.literal_eval(text)
        context = fields.pop("msgctxt") + CONTEXT if "msgctxt" in fields else ""
        original, text = (
            PLURAL.join(text for field, text in fields.items() if field.startswith(name))
            for name in ("msgid", "msgstr")
        )
        entries.append((context + original, text))
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


def counted(language, original, number):
    """The form of a translation that goes with a number."""
    with (LOCALE / language / "LC_MESSAGES/django.mo").open("rb") as file:
        return gettext.GNUTranslations(file).ngettext(*original.split(PLURAL), number)


def placeholders(text):
    return sorted(re.findall(r"%\(\w+\)s", text))


def reader_of(language, **environ):
    return Client(headers={"Accept-Language": language}, **environ)


def opened(link, language, **environ):
    return reader_of(language, **environ).get(link, follow=True).content.decode()


def told(language, error):
    """How a page tells of an error: in the words of the hosted pages, else in those of the API."""
    with translation.override(None):
        title, text = (catalog(language)[str(said)] for said in WORDS.get(error, (error.message, error.description)))
    return f'<h1>{title}</h1>\n<p role="alert">{text}</p>'


def raiser_of(error):
    def fail(*_):
        raise error

    return fail


@pytest.fixture
def link(api, mailbox):
    start_email(api)
    return link_from(mailbox[0])


def test_these_languages_are_shipped_and_no_others():
    assert sorted(path.name for path in LOCALE.iterdir()) == LANGUAGES


def test_the_texts_are_found_wherever_they_are_written():
    seen = everything_a_person_sees()
    in_a_tag, in_a_block, in_a_view = "It's me", "Sign in to %(name)s?", "Nobody was signed in"
    in_a_context, in_a_plural, of_a_device = f"landing page{CONTEXT}unknown", REFUSE_OTHERS, "a TV"
    of_a_login, of_a_call = "Ask for a new link and open it within a few minutes.", "Something went wrong on our side"
    of_a_problem = "If your device is signed in, all is done. If it is not, ask for a new link there."
    assert {in_a_tag, in_a_context, in_a_plural, in_a_block, in_a_view} <= seen
    assert {of_a_device, of_a_login, of_a_call, of_a_problem} <= seen
    assert "The API key is missing" not in seen


@every_language
def test_a_language_translates_everything_that_a_person_sees_and_nothing_else(language):
    entries = read_po(language)
    translated = {original for original, text in entries if original and all(map(str.strip, text.split(PLURAL)))}
    assert translated == everything_a_person_sees()
    assert len(entries) == len(translated) + 1


@every_language
def test_a_translation_has_the_placeholders_of_its_original(language):
    for original, text in catalog(language).items():
        assert PLURAL in original or placeholders(text) == placeholders(original), text
        assert "%" not in re.sub(r"%\(\w+\)s", "", text), text


@every_language
def test_a_translation_says_the_number_unless_its_form_is_for_one_number_only(language):
    plurals = {original: text.split(PLURAL) for original, text in catalog(language).items() if PLURAL in original}
    assert REFUSE_OTHERS in plurals
    header = dict(read_po(language))[""]
    for original, forms in plurals.items():
        assert f"nplurals={len(forms)};" in header
        assert {name for form in forms for name in placeholders(form)} == {*placeholders(original)}
        said = [counted(language, original, number) for number in COUNTS]
        for form in said:
            assert form in forms
            assert said.count(form) == 1 or placeholders(form) == placeholders(original), form


@every_language
def test_a_translation_is_text_and_no_markup(language):
    # Django trusts translations: what templates translate goes into the page as it is.
    assert [text for text in catalog(language).values() if re.search("[<>&]", text)] == []


@every_language
def test_whatever_names_a_button_names_it_as_it_is_written(language):
    texts = catalog(language)
    named = [
        (texts[button], text)
        for button in ("It's me", "Not me")
        for original, text in texts.items()
        if f"“{button}”" in original
    ]
    assert len(named) == 4  # the explanation names both; a warning and a missing number name the one that refuses
    assert [text for button, text in named if button not in text] == []
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
    assert {*of_template(TEMPLATES / "link.html")} >= NOT_ALWAYS
    for original in {*of_template(TEMPLATES / "link.html")} - NOT_ALWAYS:
        assert texts[original] % {"name": "Example Shop"} in page


@pytest.mark.django_db(transaction=True)
@every_language
def test_how_long_ago_it_was_is_in_the_language_of_its_reader(link, language, later):
    later(minutes=3)
    before, after = catalog(language)["%(since)s ago"].split("%(since)s")
    assert re.search(
        rf'>{before}3\W?\w+{after}<br><bdi class="soft">[^<]*\d:\d\d[^<]* UTC</bdi></time>', opened(link, language)
    )


@pytest.mark.django_db(transaction=True)
@every_language
@pytest.mark.parametrize(
    ("countries", "warning"),
    [({}, OTHER_NETWORK), ({"127.0.0.1": "FR", ELSEWHERE: "DE"}, OTHER_COUNTRY)],
    ids=["network", "country"],
)
def test_a_warning_is_in_the_language_of_its_reader(link, language, countries, warning, monkeypatch):
    monkeypatch.setattr(match, "place_of", lambda address: Place(countries.get(address, "")))
    texts = catalog(language)
    expected = f'<p class="warning"><strong>{texts[warning]}</strong> {texts[NOT_IN_FRONT]}</p>'
    assert expected in opened(link, language, REMOTE_ADDR=ELSEWHERE)


@pytest.mark.django_db(transaction=True)
@every_language
def test_the_question_for_the_number_is_in_the_language_of_its_reader(api, mailbox, language):
    start_email(api, matchnumber="true")
    reader, texts = reader_of(language), catalog(language)
    answer = reader.get(link_from(mailbox[0]), follow=True)
    page = answer.content.decode()
    assert f"<legend>{texts[WHICH_NUMBER]}</legend>" in page
    assert f'<p class="soft">{texts[WRONG_NUMBER_ENDS]}</p>\n</fieldset>' in page
    assert texts[NUMBER_MISSING] not in page
    again = reader.post(answer.request["PATH_INFO"], {**fields_of(answer), "decision": "approve"}).content.decode()
    assert f'role="alert">{texts[NUMBER_MISSING]}</p>' in again


@pytest.mark.django_db(transaction=True)
@every_language
@pytest.mark.parametrize(
    ("decision", "title", "text"),
    [
        ("approve", "The other device is signed in", "Go back to it."),
        ("deny", "Nobody was signed in", "The request was refused and its link is dead."),
    ],
    ids=["approve", "deny"],
)
def test_what_became_of_it_is_in_the_language_of_its_reader(link, language, decision, title, text):
    reader, texts = Client(enforce_csrf_checks=True, headers={"Accept-Language": language}), catalog(language)
    page = press(reader, link, decision).content.decode()
    assert f'<h1>{texts[title]}</h1>\n<p role="status">{texts[text]}</p>' in page
    assert f'<p class="soft">{texts["You can close this page."]}</p>' in page


@pytest.mark.django_db(transaction=True)
@every_language
def test_how_many_others_there_are_to_refuse_is_in_the_language_of_its_reader(api, mailbox, site, language):
    site(MAX_LIVE_ATTEMPTS=12, RESEND_GAP=0, SENDS_PER_TEN_MINUTES=12, SENDS_PER_DAY=12)
    for _ in range(12):
        start_email(api)
    reader, texts = reader_of(language), catalog(language)
    for others in range(11, 0, -1):
        page = press(reader, link_from(mailbox[others]), "deny").content.decode()
        button = counted(language, REFUSE_OTHERS, others) % {"others": others}
        assert f'<button class="wide" name="decision" value="deny_others">{button}</button>' in page
        assert f"<p>{texts['There are other requests for your account.']}</p>" in page


@pytest.mark.django_db(transaction=True)
@every_language
def test_that_all_were_refused_is_in_the_language_of_its_reader(api, mailbox, site, language):
    site(RESEND_GAP=0)
    for _ in range(2):
        start_email(api)
    reader, texts = reader_of(language), catalog(language)
    denied = press(reader, link_from(mailbox[0]), "deny")
    page = reader.post(denied.request["PATH_INFO"], {**fields_of(denied), "decision": "deny_others"}).content.decode()
    title, text = texts["All requests were refused"], texts["Nobody was signed in, and all links are dead."]
    assert f'<h1>{title}</h1>\n<p role="status">{text}</p>' in page


@pytest.mark.django_db(transaction=True)
@every_language
def test_an_error_is_in_the_language_of_its_reader(language):
    page, texts = opened("/signin/link/?vtoken=nobody-made-this", language), catalog(language)
    assert told(language, errors.UnknownLink) in page
    assert texts["Code %(code)s"] % {"code": 1063} in page


@pytest.mark.django_db(transaction=True)
@every_language
def test_every_problem_with_a_link_is_in_the_language_of_its_reader(link, language, monkeypatch):
    for error in [*WORDS, errors.AccountBlocked]:
        monkeypatch.setattr(decision, "look", raiser_of(error()))
        page = opened(link, language)
        assert told(language, error) in page
        assert catalog(language)["Code %(code)s"] % {"code": error.code} in page


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
