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

from .conftest import code_from, fields_of, link_from, new_guid, press, start_email

PACKAGE = Path(errors.__file__).parent.parent
LOCALE = PACKAGE / "locale"
TEMPLATES = PACKAGE / "templates/loginradius_passwordless/hosted"
LANGUAGES = ["ar", "de", "es", "fr", "it", "ja", "nl", "pl", "pt", "tr"]

# Every error of a login or a permission can end on a page of ours or of the site's; of the errors of a call, these.
ON_PAGES = (".logins", ".permissions")
SHOWN = {"TooManyRequests", "ServerError", "InvalidEmail", "InvalidPhone"}
# These end on no page: they are translated so that the last test sees the API not use it.
SHOWN |= {"NotFound", "MissingEmail"}

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

# What it says of a link that signs in here: where the link was asked for decides.
IN_THIS_BROWSER = {"You asked for this link in this browser.", f"sign-in page{CONTEXT}Sign in"}
SOMEWHERE_ELSE = {
    "This link was asked for somewhere else. Was it you, just now?",
    "Sign in here",
    "Sign in on the device above instead",
}

# What the sign-in page says only where an application has no passwords.
WITHOUT_PASSWORDS = {"We send you a code. There is no password."}

# What the page for the code says only to who typed this.
BY_MAIL = {
    "You can also open the link. On another device, choose this number there to sign in here:",
    "I confirmed it there",
    f"sign-in page{CONTEXT}Nothing came? Look into the folder for unwanted mail, or ask once more in a minute.",
}
SAID_TO = {
    "alice@example.com": {
        "If this is the address of an account, a message with a code and a link is on its way to it:",
        *BY_MAIL,
    },
    "alice": {
        "If there is an account with this name, a message with a code and a link is on its way to its mailbox:",
        *BY_MAIL,
    },
    "+14155550123": {
        "If this is the number of an account, a code is on its way to it:",
        f"sign-in page{CONTEXT}Nothing came? Ask once more in a minute.",
        "Call me instead",
    },
}

# What some errors carry, and do not say on a page.
CARRIED = {errors.LinkNotOpened: [1], errors.InvalidParameter: ["username"], errors.TooManyRequests: [60]}

ERROR_CODE = "Error %(code)s"
OF_CAPTCHA = "To tell people from programs, this page needs JavaScript."
SIGN_IN_PAGE = "/signin/"
CODE_PAGE = "/signin/code/"
WINDOWS = "Mozilla/5.0 (Windows NT 10.0)"
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


def of_page(name):
    """The texts of a page with those of the parts that it includes."""
    path = TEMPLATES / f"{name}.html"
    parts = re.findall(r'include "loginradius_passwordless/hosted/(\w+)\.html"', path.read_text("utf-8"))
    return {*of_template(path), *(text for part in parts for text in of_page(part))}


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
    shown = [error for error in errors.table() if error.__module__.endswith(ON_PAGES) or error.__name__ in SHOWN]
    shown.append(errors.PasswordLocked)  # a kind of LoginLocked, so the table does not have it
    with translation.override(None):
        return [str(text) for error in shown for text in (error.message, error.description)]


def everything_a_person_sees():
    templates = [text for path in TEMPLATES.glob("*.html") for text in of_template(path)]
    modules = [
        text
        for path in [*PACKAGE.glob("hosted/*.py"), PACKAGE / "visitors.py", PACKAGE / "flows/steps/passwords.py"]
        for text in of_module(path)
    ]
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
    return sorted(re.findall(r"%\(\w+\)[sd]", text))


def reader_of(language, **environ):
    return Client(headers={"Accept-Language": language}, **environ)


def opened(link, language, **environ):
    return reader_of(language, **environ).get(link, follow=True).content.decode()


def ask(reader, who):
    """Ask for a message on the sign-in page; what comes is the page for the code."""
    return reader.post(SIGN_IN_PAGE, {"who": who}, follow=True).content.decode()


def missing(originals, page, language):
    """Those of these texts that a page does not say in a language."""
    texts = catalog(language)
    return [original for original in originals if texts[original] % {"name": "Example Shop"} not in page]


def words_for(language, error):
    """What tells of an error: the words of the hosted pages, else those of the API; and its code."""
    texts = catalog(language)
    with translation.override(None):
        title, text = (texts[str(said)] for said in WORDS.get(error) or (error.message, error.description))
    return title, text, texts[ERROR_CODE] % {"code": error.code}


def told(language, error):
    """How a page of its own tells of an error."""
    title, text, _code = words_for(language, error)
    return f'<h1>{title}</h1>\n<p role="alert">{text}</p>'


def told_above(language, error):
    """How a page on which something was typed or pressed tells of an error."""
    title, text, code = words_for(language, error)
    return f'role="alert"><strong>{title}</strong><br>{text} <span class="soft">{code}</span></div>'


def raiser_of(error):
    def fail(*_, **_options):
        raise error(*CARRIED.get(error, []))

    return fail


@pytest.fixture
def link(api, mailbox):
    start_email(api)
    return link_from(mailbox[0])


@pytest.fixture
def notice_link(shop, alice, mailbox, site):
    """What the mail about a sign-in on another device than before links to."""
    site(RESEND_GAP=0)
    for agent in ("Mozilla/5.0 (Macintosh)", WINDOWS):
        browser = Client(headers={"User-Agent": agent})
        ask(browser, "alice")
        assert browser.post(CODE_PAGE, {"code": code_from(mailbox[-1])}).status_code == 303
    return link_from(mailbox[-1])


def test_these_languages_are_shipped_and_no_others():
    assert sorted(path.name for path in LOCALE.iterdir()) == LANGUAGES


def test_the_texts_are_found_wherever_they_are_written():
    seen = everything_a_person_sees()
    in_a_tag, in_a_block, in_a_view = "It's me", "Sign in to %(name)s?", "Nobody was signed in"
    in_a_context, in_a_plural, of_a_device = f"landing page{CONTEXT}unknown", REFUSE_OTHERS, "a TV"
    of_a_login, of_a_call = "Ask for a new link and open it within a few minutes.", "Something went wrong on our side"
    of_a_permission = "Contact the site: its staff can see why."
    of_a_problem = "If your device is signed in, all is done. If it is not, ask for a new link there."
    of_the_sign_in_page, of_the_code_page = "We send you a code. There is no password.", f"sign-in page{CONTEXT}Code"
    of_the_notice_page, of_its_view = f"notice page{CONTEXT}At", "Nobody is signed in with it any more."
    of_every_page, of_a_wrong_address = "This request cannot be read", "This sign-in link is wrong"
    assert {in_a_tag, in_a_context, in_a_plural, in_a_block, in_a_view} <= seen
    assert {of_a_device, of_a_login, of_a_call, of_a_permission, of_a_problem} <= seen
    assert {of_the_sign_in_page, of_the_code_page, of_the_notice_page, of_its_view} <= seen
    assert {of_every_page, of_a_wrong_address} <= seen
    assert not {"The API key is missing", "The API key is not valid", "This return address is not allowed"} & seen


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
        assert "%" not in re.sub(r"%\(\w+\)[sd]", "", text), text


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
    page = opened(link, language)
    assert f'<html lang="{language}" dir="{"rtl" if language == "ar" else "ltr"}">' in page
    assert of_page("link") >= NOT_ALWAYS
    assert missing(of_page("link") - NOT_ALWAYS, page, language) == []


@pytest.mark.django_db(transaction=True)
@every_language
def test_a_link_that_signs_in_here_is_in_the_language_of_its_reader(shop, alice, mailbox, language):
    here, texts = reader_of(language), catalog(language)
    ask(here, "alice@example.com")
    link = link_from(mailbox[0])
    pages = [here.get(link, follow=True).content.decode(), opened(link, language)]
    assert of_page("link_here") >= NOT_ALWAYS | IN_THIS_BROWSER | SOMEWHERE_ELSE
    always = of_page("link_here") - NOT_ALWAYS - IN_THIS_BROWSER - SOMEWHERE_ELSE
    assert missing(always | IN_THIS_BROWSER, pages[0], language) == []
    assert missing(always | SOMEWHERE_ELSE | {WHICH_NUMBER, WRONG_NUMBER_ENDS}, pages[1], language) == []
    assert f'value="here" formnovalidate>{texts[f"sign-in page{CONTEXT}Sign in"]}</button>' in pages[0]
    assert f'value="here" formnovalidate>{texts["Sign in here"]}</button>' in pages[1]


@pytest.mark.django_db(transaction=True)
@every_language
def test_the_sign_in_page_is_in_the_language_of_its_reader(shop, language):
    page = opened(SIGN_IN_PAGE, language)
    assert f'<html lang="{language}" dir="{"rtl" if language == "ar" else "ltr"}">' in page
    assert missing(of_page("sign_in") - {ERROR_CODE, OF_CAPTCHA} - WITHOUT_PASSWORDS, page, language) == []
    shop.password_login = False
    shop.save()
    assert missing(WITHOUT_PASSWORDS, opened(SIGN_IN_PAGE, language), language) == []


@pytest.mark.django_db(transaction=True)
@every_language
def test_a_captcha_is_asked_for_in_the_language_of_its_reader(shop, site, language):
    turnstile = "loginradius_passwordless.backends.captcha.turnstile.CaptchaBackend"
    site(CAPTCHA_PROVIDERS={"turnstile": {"BACKEND": turnstile, "OPTIONS": {"site_key": "k", "secret": "s"}}})
    assert missing({OF_CAPTCHA}, opened(SIGN_IN_PAGE, language), language) == []
    assert told_above(language, errors.InvalidCaptcha) in ask(reader_of(language), "alice@example.com")


@pytest.mark.django_db(transaction=True)
@every_language
def test_what_was_not_typed_well_is_said_in_the_language_of_its_reader(shop, language):
    for typed, error in [("", errors.InvalidParameter), ("alice@", errors.InvalidEmail), ("+1", errors.InvalidPhone)]:
        assert told_above(language, error) in ask(reader_of(language), typed)


@pytest.mark.django_db(transaction=True)
@every_language
def test_that_the_link_to_the_sign_in_page_is_wrong_is_said_in_the_language_of_its_reader(shop, language):
    title = "This sign-in link is wrong"
    text = "Go back to the site that you came from and try again there. If that does not help, tell that site."
    for query, error in [
        ("apikey=no", errors.MalformedAPIKey),
        ("apikey=nobody-has-this", errors.UnknownAPIKey),
        ("return_url=https://elsewhere.example/", errors.ReturnURLNotAllowed),
    ]:
        page = opened(f"{SIGN_IN_PAGE}?{query}", language)
        assert missing({title, text}, page, language) == []
        assert told(language, error) in page
        assert catalog(language)[ERROR_CODE] % {"code": error.code} in page


@pytest.mark.django_db(transaction=True)
@every_language
def test_that_it_was_tried_too_often_is_said_in_the_language_of_its_reader(shop, site, language):
    site(STARTS_PER_HOUR_PER_ADDRESS=1)
    for who in ("alice@example.com", "bob@example.com"):
        page = ask(reader_of(language), who)
    assert missing({"Too many tries from here", "Wait a few minutes, then try again."}, page, language) == []
    assert told_above(language, errors.TooManyRequests) in page


@pytest.mark.django_db(transaction=True)
@every_language
def test_that_a_request_cannot_be_read_is_said_in_the_language_of_its_reader(shop, language):
    texts = catalog(language)
    for path in (SIGN_IN_PAGE, "/signin/link/", "/signin/not-me/"):
        answer = reader_of(language).post(path, data=b"x", content_type="multipart/form-data")
        page = answer.content.decode()
        assert answer.status_code == 400
        assert f'<html lang="{language}" dir="{"rtl" if language == "ar" else "ltr"}">' in page
        title, text = texts["This request cannot be read"], texts["Go back, and try once more."]
        assert f'<h1>{title}</h1>\n<p role="alert">{text}</p>' in page


@pytest.mark.django_db(transaction=True)
@every_language
def test_the_page_for_the_code_is_in_the_language_of_its_reader_whatever_was_typed(shop, language):
    not_always = set().union(*SAID_TO.values())
    assert of_page("code") >= not_always
    always = of_page("code") - not_always - of_page("captcha") - {ERROR_CODE}
    for who, said in SAID_TO.items():
        page = ask(reader_of(language), who)
        assert missing(always | said, page, language) == []
        assert {*missing(not_always, page, language)} == not_always - said


@pytest.mark.django_db(transaction=True)
@every_language
def test_why_the_code_or_the_link_does_not_let_in_yet_is_said_in_the_language_of_its_reader(shop, alice, language):
    reader = reader_of(language)
    ask(reader, "alice")
    for pressed, error in [
        ({"code": "no code"}, errors.WrongEmailCode),
        ({"do": "again"}, errors.EmailQuotaExceeded),
        ({"do": "confirmed"}, errors.LinkNotOpened),
    ]:
        assert told_above(language, error) in reader.post(CODE_PAGE, pressed).content.decode()


@pytest.mark.django_db(transaction=True)
@every_language
def test_that_nothing_was_asked_for_that_could_be_confirmed_is_said_in_the_language_of_its_reader(shop, language):
    reader = reader_of(language)
    ask(reader, "+14155550123")  # a phone gets no link
    page = reader.post(CODE_PAGE, {"do": "confirmed"}).content.decode()
    begin_anew = "Begin anew, and enter your address, name or number once more."
    assert missing({"Nothing was asked for here", begin_anew}, page, language) == []
    assert told_above(language, errors.UnknownClientGUID) in page


@pytest.mark.django_db(transaction=True)
@every_language
def test_the_page_about_a_sign_in_elsewhere_is_in_the_language_of_its_reader(notice_link, language):
    page = opened(notice_link, language)
    unknown = f"landing page{CONTEXT}unknown"
    assert missing((of_page("notice") | {"a Windows computer"}) - {unknown}, page, language) == []


@pytest.mark.django_db(transaction=True)
@every_language
def test_that_a_sign_in_has_ended_is_said_in_the_language_of_its_reader(notice_link, language):
    reader, texts = reader_of(language), catalog(language)
    title = texts["That session has ended"]
    text = texts[
        "Whoever it was is signed out. Change the password of your mailbox now, and look who else can read it."
    ]
    page = press(reader, notice_link, "disown").content.decode()
    assert f'<h1>{title}</h1>\n<p role="status">{text}</p>' in page
    text = texts["Nobody is signed in with it any more."]
    assert f'<h1>{title}</h1>\n<p role="status">{text}</p>' in opened(notice_link, language)


@pytest.mark.django_db(transaction=True)
@every_language
def test_that_a_browser_may_stay_signed_in_is_said_in_the_language_of_its_reader(notice_link, settings, language):
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"
    texts = catalog(language)
    title = texts["That session has ended"]
    text = texts[
        "It can do nothing new, but a browser may stay signed in for a while. Tell this site, and change the "
        "password of your mailbox now."
    ]
    page = press(reader_of(language), notice_link, "disown").content.decode()
    assert f'<h1>{title}</h1>\n<p role="status">{text}</p>' in page


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
    for path in ("link", "not-me"):
        page = opened(f"/signin/{path}/?vtoken=nobody-made-this", language)
        assert told(language, errors.UnknownLink) in page
        assert catalog(language)[ERROR_CODE] % {"code": 1063} in page


@pytest.mark.django_db(transaction=True)
@every_language
def test_that_there_is_no_link_is_said_in_the_language_of_its_reader(language):
    title = "This page needs a link"
    text = "Open the link in the message once more. If that does not help, allow cookies for this site."
    for path in ("link", "not-me"):
        assert missing({title, text}, opened(f"/signin/{path}/", language), language) == []


@pytest.mark.django_db(transaction=True)
@every_language
def test_every_problem_with_a_link_is_in_the_language_of_its_reader(link, language, monkeypatch):
    for error in [*WORDS, errors.AccountBlocked]:
        monkeypatch.setattr(decision, "look", raiser_of(error))
        page = opened(link, language)
        assert told(language, error) in page
        assert catalog(language)[ERROR_CODE] % {"code": error.code} in page


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
