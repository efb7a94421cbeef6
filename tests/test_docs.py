"""The documents say what the code does. Their commands run, their tables are complete, their links lead somewhere."""

import ast
import json
import os
import quopri
import re
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit

import django
import pytest
import requests
from django.core.management import get_commands, load_command_class
from django.core.management.base import BaseCommand
from django.test import Client
from django.urls import URLPattern

from loginradius_passwordless import access_tokens, errors, urls
from loginradius_passwordless.api.base import FlowView, NotFoundView
from loginradius_passwordless.backends import SMS, DeliveryFailed
from loginradius_passwordless.backends.captcha import locmem as captcha_locmem
from loginradius_passwordless.catalog import MESSAGES, SAMPLES
from loginradius_passwordless.checks.values import BOUNDS
from loginradius_passwordless.conf import Settings
from loginradius_passwordless.interchange.loginradius import EMAIL_KINDS, SMS_KINDS
from loginradius_passwordless.models import AccessToken, Application, Customer, Session
from loginradius_passwordless.models.message import Delivery

from .conftest import User, code_from, customer_of, fields_of, link_from, new_guid, token_from
from .receiver import subscribe
from .running import free_port
from .test_linting import ERRORS, WARNINGS

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
REFERENCE = DOCS / "reference"
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted(DOCS.rglob("*.md"))]
README, QUICKSTART = ROOT / "README.md", DOCS / "quickstart.md"
SMART_LOGIN = DOCS / "howto/smart-login.md"
TEMPLATES = DOCS / "howto/templates.md"
DEMO_ADDRESS = "http://127.0.0.1:8000"

FENCE = re.compile(r"^(?P<mark><!-- runs -->\n)?```(?P<language>\w+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
LINK = re.compile(r"\[[^\]]+\]\(([^)\s]+)\)")


class Block(NamedTuple):
    """A fenced block of a page."""

    language: str
    text: str
    runs: bool


def blocks(page: Path, language: str) -> list[Block]:
    """Return the blocks of one language, in order."""
    found = FENCE.finditer(page.read_text("utf-8"))
    return [Block(language, each["text"], bool(each["mark"])) for each in found if each["language"] == language]


def prose(page: Path) -> str:
    """Return a page without its blocks."""
    return FENCE.sub("", page.read_text("utf-8"))


def rows(page: Path) -> Iterator[list[str]]:
    """Return the cells of every row of every table, without code marks; heads and rules are left out."""
    lines = prose(page).splitlines()
    for line, after in zip(lines, [*lines[1:], ""], strict=True):
        if line.startswith("|") and not after.startswith("|---") and not line.startswith("|---"):
            yield [cell.strip().strip("`") for cell in line.strip("|").split("|")]


def slug(heading: str) -> str:
    """Return the anchor that a heading gets."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


def python_blocks() -> list[Any]:
    return [
        pytest.param(page, block, id=f"{name_of(page)}-{number}")
        for page in PAGES
        for number, block in enumerate(blocks(page, "python"))
    ]


# Pages as such


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_link_leads_to_a_page_and_a_heading_that_exist(page: Path) -> None:
    for target in LINK.findall(prose(page)):
        if urlsplit(target).scheme:
            continue
        path, _, anchor = target.partition("#")
        there = (page.parent / path).resolve() if path else page
        assert there.is_file(), f"{target} leads nowhere"
        if anchor:
            assert anchor in {slug(heading) for heading in HEADING.findall(prose(there))}, f"{target} has no heading"


def test_every_page_can_be_reached_from_the_readme() -> None:
    reached, waiting = set(), [README]
    while waiting:
        page = waiting.pop()
        reached.add(page)
        targets = {(page.parent / link.partition("#")[0]).resolve() for link in LINK.findall(prose(page))}
        waiting += [target for target in targets if target.suffix == ".md" and target not in reached]
    assert reached == set(PAGES)


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_no_page_names_a_folder_of_the_machine_it_was_written_on(page: Path) -> None:
    text = page.read_text("utf-8")
    for folder in (ROOT, Path.home(), Path(tempfile.gettempdir()), Path(sys.prefix)):
        assert folder == Path(folder.anchor) or f"{folder}/" not in text


def test_the_readme_can_be_read_in_a_few_minutes() -> None:
    words = re.sub(r"\]\([^)]*\)", "]", prose(README)).split()
    assert len([word for word in words if re.search(r"\w", word)]) <= 600


@pytest.mark.parametrize(("page", "block"), python_blocks())
def test_every_python_block_compiles(page: Path, block: Block) -> None:
    compile(block.text, name_of(page), "exec")


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_json_block_is_json(page: Path) -> None:
    for block in blocks(page, "json"):
        json.loads(block.text)


def test_every_complete_example_runs(db: Any, sms_outbox: Any) -> None:
    complete = [(page, block) for page in PAGES for block in blocks(page, "python") if block.runs]
    assert len(complete) >= 3
    for page, block in complete:
        exec(compile(block.text, name_of(page), "exec"), {"__name__": "mysite.example"})  # noqa: S102


def test_every_test_that_a_page_names_exists() -> None:
    named = {found for page in PAGES for found in re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", page.read_text("utf-8"))}
    assert len(named) > 30
    for file, name in named:
        tree = ast.parse((ROOT / file).read_text("utf-8"))
        assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}, f"{file}::{name}"


def test_every_make_target_that_a_page_names_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    named = {
        target for page in PAGES for target in re.findall(r"^(?:\| `)?make ([a-z]+)", page.read_text("utf-8"), re.M)
    }
    assert {"demo", "test", "check"} <= named <= targets


# Reference: what it lists is what there is


def in_words(value: Any) -> str:
    """Write a value as the settings page does."""
    if not isinstance(value, timedelta):
        return json.dumps(value) if isinstance(value, str | dict) else str(value)
    seconds = int(value.total_seconds())
    for unit, length in (("day", 86400), ("hour", 3600), ("minute", 60), ("second", 1)):
        if seconds % length == 0 and seconds >= length:
            count = seconds // length
            return f"{count} {unit}{'s' if count > 1 else ''}"
    return "0 seconds"


def settings_rows() -> dict[str, list[str]]:
    return {row[0]: row for row in rows(REFERENCE / "settings.md") if re.fullmatch(r"[A-Z_]+", row[0])}


def test_every_setting_is_documented_with_its_default() -> None:
    defaults = {name: in_words(object.__getattribute__(Settings(), name)) for name in Settings.__annotations__}
    assert {name: row[1] for name, row in settings_rows().items()} == defaults


def test_every_bound_of_a_setting_is_documented() -> None:
    documented = settings_rows()
    for name, (least, most) in BOUNDS.items():
        unit = f"{in_words(least)} to {in_words(most)}" if most is not None else f"at least {in_words(least)}"
        assert documented[name][2] == unit, name


def test_every_setting_says_what_it_does() -> None:
    assert all(len(row[3]) > 30 for row in settings_rows().values())


def test_every_system_check_is_documented() -> None:
    sources = [path.read_text("utf-8") for path in (ROOT / "loginradius_passwordless").rglob("*.py")]
    known = set(re.findall(r'id=f?"(?:\{APP\}|loginradius_passwordless)\.([EW]\d{3})"', "\n".join(sources)))
    assert {row[0] for row in rows(REFERENCE / "settings.md") if re.fullmatch(r"[EW]\d{3}", row[0])} == known


def test_every_backend_that_is_included_is_documented() -> None:
    documented = {row[0] for row in rows(DOCS / "howto/providers.md") if row[0].startswith("loginradius_passwordless.")}
    folders = [ROOT / "loginradius_passwordless/backends" / kind for kind in ("sms", "voice")]
    files = {f"{folder.name}.{file.stem}" for folder in folders for file in folder.glob("[a-z]*.py")}
    assert {".".join(path.split(".")[2:4]) for path in documented} == files
    for path in documented:
        module, _, name = path.rpartition(".")
        assert hasattr(import_module(module), name)


def test_every_error_is_documented_with_its_code_its_status_and_its_class() -> None:
    listed = [(int(row[0]), int(row[1]), row[2]) for row in rows(REFERENCE / "errors.md")]
    assert sorted(listed) == [(error.code, error.status, error.__name__) for error in errors.table()]


def test_every_error_says_when_it_comes_and_what_to_do() -> None:
    assert all(len(row) == 5 and row[3] and row[4] for row in rows(REFERENCE / "errors.md"))


def plain_address(pattern: URLPattern) -> str:
    """Return the address of a pattern as people write it."""
    text = str(pattern.pattern).removeprefix("^").removesuffix("/?$")
    text = text.replace(urls.UID, "{uid}").replace(urls.SESSION_ID, "{session_id}").replace(urls.HOOK_ID, "{hookid}")
    text = text.replace("s?", "s")
    return "/" + re.sub(r"\[([a-z])[A-Z]\]", r"\1", text)


def documented_endpoints() -> dict[str, str]:
    """Return the section of every address, under its methods and address."""
    text = (REFERENCE / "endpoints.md").read_text("utf-8")
    parts = re.split(r"^#{2,3} (.+)$", text, flags=re.MULTILINE)
    return {head: body for head, body in zip(parts[1::2], parts[2::2], strict=True) if "/" in head}


def test_every_address_is_documented_with_its_methods() -> None:
    known = {}
    for pattern in urls.urlpatterns:
        view = pattern.callback.view_class  # type: ignore[attr-defined]
        if view is not NotFoundView:
            methods = [method for method in ("get", "put", "post", "delete") if hasattr(view, method)]
            known[plain_address(pattern)] = {method.upper() for method in methods}
    documented = {head.rpartition(" ")[2]: set(head.rpartition(" ")[0].split(", ")) for head in documented_endpoints()}
    assert documented == known


def test_every_address_that_acts_is_marked() -> None:
    for pattern in urls.urlpatterns:
        view = pattern.callback.view_class  # type: ignore[attr-defined]
        if issubclass(view, FlowView) and view is not NotFoundView:
            address = plain_address(pattern)
            section = next(body for head, body in documented_endpoints().items() if head.endswith(f" {address}"))
            assert ("*Acts.*" in section) == view.get_acts, address
            assert ("Needs the API secret" in section) == view.needs_secret, address


def test_every_parameter_of_an_endpoint_is_documented() -> None:
    for pattern in urls.urlpatterns:
        view = pattern.callback.view_class  # type: ignore[attr-defined]
        declared = getattr(view, "Parameters", None)
        section = next(
            (body for head, body in documented_endpoints().items() if head.endswith(plain_address(pattern))), ""
        )
        if declared is None or "The same as the endpoint above" in section:
            continue
        listed = dict(re.findall(r"^\| `(\w+)` \| [\w, ]+ \| (yes|no) \|", section, re.MULTILINE))
        assert listed == {name: "no" if field.optional else "yes" for name, field in declared().fields.items()}, view


def test_every_code_that_an_endpoint_names_is_in_the_table_of_errors() -> None:
    known = {error.code for error in errors.table()}
    for head, body in documented_endpoints().items():
        for line in re.findall(r"^Errors: (.+)$", body, re.MULTILINE):
            assert {int(code) for code in re.findall(r"\b\d{3,4}\b", line)} <= known, head


def test_every_message_is_documented_with_its_placeholders() -> None:
    text = (REFERENCE / "messages.md").read_text("utf-8")
    parts = re.split(r"^### `(\w+)` by `(\w+)`$", text, flags=re.MULTILINE)
    listed = {}
    for kind, channel, body in zip(parts[1::3], parts[2::3], parts[3::3], strict=True):
        may, must = (re.search(rf"^- {word} use: (.+)$", body, re.MULTILINE) for word in ("May", "Must"))
        one_of = re.search(r"^- One of: (.+)$", body, re.MULTILINE)
        assert may
        assert must
        lines = (may[1], must[1], one_of[1] if one_of else "")
        listed[kind, channel] = tuple(frozenset(re.findall(r"#(\w+)#", line)) for line in lines)
    known = {(str(kind), str(channel)): (p.allowed, p.required, p.one_of) for (kind, channel), p in MESSAGES.items()}
    assert listed == known


def test_every_placeholder_is_documented_with_its_sample() -> None:
    documented = {row[0].strip("#"): row[1] for row in rows(REFERENCE / "messages.md")}
    assert documented == SAMPLES


def test_every_rule_for_templates_is_documented_with_its_level() -> None:
    listed = [row for row in rows(TEMPLATES) if row[1] in {"error", "warning"}]
    known = [*((rule, "error") for rule in ERRORS), *((rule, "warning") for rule in WARNINGS)]
    assert sorted((row[0], row[1]) for row in listed) == sorted(known)
    assert all(len(row) == 4 and row[2] and row[3] for row in listed)


def test_every_type_of_loginradius_templates_is_documented_with_its_kind() -> None:
    page = (DOCS / "howto/templates-in-git.md").read_text("utf-8")
    for head, known in (("TemplateType", EMAIL_KINDS), ("SmsTemplateType", SMS_KINDS)):
        table = page.partition(f"| `{head}` | Kind")[2].partition("\n\n")[0]
        listed = re.findall(r"^\| `(\w+)` \| `(\w+)` \|$", table, re.MULTILINE)
        assert {name.lower(): kind for name, kind in listed} == {name: str(kind) for name, kind in known.items()}


def test_every_state_of_a_message_is_documented() -> None:
    text = (DOCS / "howto/missing-messages.md").read_text("utf-8")
    table = text.partition("| State of a message |")[2].partition("\n\n")[0]
    listed = re.findall(r"^\| ([A-Z][\w ]+) \|", table, re.MULTILINE)
    assert listed == [*map(str, Delivery.labels), "Expired"]


def test_every_command_is_documented_with_its_options() -> None:
    text = (REFERENCE / "commands.md").read_text("utf-8")
    parts = re.split(r"^## (\w+)$", text, flags=re.MULTILINE)
    documented = dict(zip(parts[1::2], parts[2::2], strict=True))
    ours = {name for name, app in get_commands().items() if app == "loginradius_passwordless"}
    assert set(documented) == ours
    for name, body in documented.items():
        parser = load_command_class("loginradius_passwordless", name).create_parser("manage.py", name)
        common = BaseCommand().create_parser("manage.py", name)
        shared = {option for action in common._actions for option in action.option_strings}
        own = {(action.option_strings or [action.dest])[0] for action in parser._actions} - shared
        assert set(re.findall(r"^\| `([\w-]+)` \|", body, re.MULTILINE)) == own, name


def test_every_variable_of_the_example_project_is_documented() -> None:
    source = (ROOT / "example_project/settings.py").read_text("utf-8")
    known = set(re.findall(r'os\.environ\.get\("(\w+)"', source)) | {"DATABASE_URL"}
    assert {row[0] for row in rows(DOCS / "contributing.md") if row[0].isupper()} == known


# Examples: what they show is what happens


class Curl(NamedTuple):
    """A curl command of a page."""

    method: str
    url: str
    headers: dict[str, str]
    data: str | None

    @classmethod
    def read(cls, command: str, values: dict[str, str]) -> "Curl":
        """Parse a command as a shell would: variables are filled in, except between single quotes."""
        for name, value in values.items():
            command = command.replace(f"${name}", value)
        assert "$" not in command, command
        words = iter(shlex.split(command.replace("\\\n", " "))[1:])
        method, url, headers, data = "", "", {}, None
        for word in words:
            if word == "--request":
                method = next(words)
            elif word == "--header":
                name, _, value = next(words).partition(": ")
                headers[name] = value
            elif word == "--data":
                data = next(words)
            else:
                assert not word.startswith("-"), word
                url = word
        return cls(method or ("GET" if data is None else "POST"), url, headers, data)


def looks_like(value: Any, example: Any) -> None:
    """Hold an answer to an example: the same keys in the same order, the same values where they are not drawn anew."""
    if isinstance(example, dict):
        assert list(value) == list(example)
        for key in example:
            looks_like(value[key], example[key])
    elif isinstance(example, list):
        assert len(value) == len(example)
        for each, like in zip(value, example, strict=True):
            looks_like(each, like)
    elif type(example) in {str, int} and (shape := shape_of(str(example))):
        assert type(value) is type(example)
        assert shape_of(str(value)) == shape
    else:
        assert value == example


def shape_of(text: str) -> str:
    shapes = {
        "number to pick": r"[1-9][0-9]",
        "guid": r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",
        "hex": r"[0-9a-f]{32}",
        "moment": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z",
        "moment of a SOTT": r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d",
        "secret of a webhook": r"whsec_[A-Za-z0-9+/]+=*",
        "SOTT": r"[A-Za-z0-9+/]+=*\*[0-9a-f]{32}",
    }
    return next((name for name, pattern in shapes.items() if re.fullmatch(pattern, text)), "")


def shown(page: Path) -> list[tuple[str, str]]:
    """Return the curl commands of a page, each with the answer that stands below it."""
    return re.findall(r"```shell\n(curl .*?)```\n\n```(?:json|text)\n(.*?)```", page.read_text("utf-8"), re.DOTALL)


def answer_as_shown(command: str, answer: str, values: dict[str, str]) -> dict[str, Any]:
    """Do a command, hold what comes back to what the page shows, and return the body; a stream has none."""
    curl = Curl.read(command, values)
    response: Any = Client().generic(
        curl.method, urlsplit(curl.url).path, curl.data or "", "application/x-www-form-urlencoded",
        query_params=dict(parse_qsl(urlsplit(curl.url).query)), headers=curl.headers,
    )  # fmt: skip
    if response["Content-Type"] == "text/event-stream":
        # What is decided already is told at once: no comment passes the time.
        assert b"".join(response.streaming_content).decode() == re.sub(r"^: .*\n\n", "", answer, flags=re.MULTILINE)
        return {}
    body: dict[str, Any] = response.json()
    looks_like(body, json.loads(answer))
    return body


def access_token_of(customer: Customer, application: Application) -> str:
    session = Session.objects.create(customer=customer, application=application)
    return access_tokens.issue(session, customer.user).access_token


START = "/identity/v2/auth/login/passwordlesslogin/email"
# Codes that one more start brings: each example of these shows a login of its own.
ASKED_BEFORE = {
    "email/verifyotp": {"email": "carol@example.com"},
    "username/verifyotp": {"username": "carol"},
}


@pytest.mark.django_db(transaction=True)
def test_every_endpoint_answers_as_its_example_shows(
    shop: Application, shop_secret: str, mailbox: Any, sms_outbox: Any, site: Any
) -> None:
    captcha = {"memory": {"BACKEND": "loginradius_passwordless.backends.captcha.locmem.CaptchaBackend"}}
    site(RESEND_GAP=0, CAPTCHA_PROVIDERS=captcha, CAPTCHA_WHEN="never")
    captcha_locmem.solved.add("03AGdBq24…")
    customer_of(User.objects.create(username="bob"), "bob@example.com")
    carol = customer_of(User.objects.create(username="carol"), "carol@example.com", "+14155550124")
    values = {"SITE": "https://login.example.com", "KEY": shop.api_key, "SECRET": shop_secret, "UID": carol.uid}
    examples = shown(REFERENCE / "endpoints.md")
    assert len(examples) == (REFERENCE / "endpoints.md").read_text("utf-8").count("```shell")
    for command, answer in examples:
        # Signing out is shown on a session of its own: the examples after it go on with this one.
        signs_out = "/invalidate" in command
        spare = access_token_of(Customer.objects.latest("pk"), shop) if signs_out else ""
        if whose := ASKED_BEFORE.get(command.partition("?")[0].rpartition("login/")[2]):
            assert Client().get(START, {"apikey": shop.api_key, **whose}).json() == {"IsPosted": True}
        if "verify" in command and "passwordlesslogin" in command:
            newest = [mail for mail in mailbox if "oneclicksignin" in mail.body][-1]
            values |= {"MAILED_LINK": token_from(newest), "MAILED_CODE": code_from(newest)}
        if "$HOOK" in command:
            values["HOOK"] = str(subscribe(shop, "https://hooks.example.com/", "Login")[0].hook_id)
        if "$SESSION" in command:
            holder = AccessToken.objects.with_text(values["ACCESS_TOKEN"]).get().customer
            values["SESSION"] = str(Session.objects.create(customer=holder, application=shop).pk)
        body = answer_as_shown(command, answer, values | ({"ACCESS_TOKEN": spare} if signs_out else {}))
        kept = {name: body.get(name) for name in ("access_token", "refresh_token", "Sott")}
        values |= {name.upper(): value for name, value in kept.items() if isinstance(value, str)}
        if texted := [sms for sms in sms_outbox if "#" in sms.text]:
            values["TEXTED_CODE"] = code_from(texted[-1])
        if mailbox:
            values["LINK"] = token_from(mailbox[0])
        if sms_outbox:
            values["CODE"] = code_from(sms_outbox[0])


def test_every_endpoint_has_an_example() -> None:
    without = {head for head, body in documented_endpoints().items() if "```shell\ncurl" not in body}
    pages = (" /signin/", " /delivery/", " /identity/openapi.json", " /identity/docs/")
    assert without == {head for head in documented_endpoints() if any(page in head for page in pages)}
    assert len(without) == 15


@pytest.mark.django_db(transaction=True)
def test_who_follows_the_how_to_signs_in_on_a_tv(
    shop: Application, alice: Customer, mailbox: Any, person: Client, site: Any
) -> None:
    site(RESEND_GAP=0)
    examples = shown(SMART_LOGIN)
    assert len(examples) == SMART_LOGIN.read_text("utf-8").count("```shell\ncurl")
    values = {"SITE": "https://login.example.com", "KEY": shop.api_key, "GUID": new_guid()}
    for command, answer in examples:
        if "wait=" in command:  # meanwhile the person picks the number
            page = person.get(link_from(mailbox[-1]), follow=True)
            decision = {"decision": "approve", "number": values["NUMBER"]}
            assert person.post("/signin/link/", {**fields_of(page), **decision}).status_code == 200
        if "verificationtoken" in command:  # another login
            again = answer_as_shown(*examples[0], values | {"GUID": new_guid()})
            values |= {"NUMBER": str(again["MatchNumber"]), "LINK": token_from(mailbox[-1])}
        body = answer_as_shown(command, answer, values)
        if "MatchNumber" in body:
            values["NUMBER"] = str(body["MatchNumber"])


def test_every_option_of_the_client_for_devices_that_wait_is_documented() -> None:
    declared = (ROOT / "loginradius_passwordless/static/loginradius_passwordless/waiting.d.ts").read_text("utf-8")
    options = re.findall(r"^(?:export )?interface (\w*Options)\b.*?\{(.*?)^\}", declared, re.MULTILINE | re.DOTALL)
    names = {name for _interface, body in options for name in re.findall(r"^  (\w+)\??: ", body, re.MULTILINE)}
    assert {row[0] for row in rows(SMART_LOGIN) if row[1] in {"yes", "no"}} == names


def test_the_error_that_the_page_of_errors_shows_is_the_real_one() -> None:
    [block] = blocks(REFERENCE / "errors.md", "json")
    error = errors.LinkNotOpened(attempt_id=1)
    body = json.loads(block.text)
    assert (body["Description"], body["ErrorCode"], body["Message"]) == (error.description, error.code, error.message)


def gateway(httpserver: Any) -> Any:
    """The backend that the how-to writes, made with the options it names."""
    [block] = [block for block in blocks(DOCS / "howto/sms-backend.md", "python") if "gateway.example" in block.text]
    module: dict[str, Any] = {"__name__": "mysite.gateway"}
    exec(compile(block.text, "gateway.py", "exec"), module)  # noqa: S102
    return module["SMSBackend"](url=httpserver.url_for("/messages"), key="the-gateways-key")


TEXT = SMS("+14155550123", "123456 is your code.", "ref-1", sender="Shop")


def test_the_sms_backend_of_the_how_to_hands_a_message_over(httpserver: Any) -> None:
    httpserver.expect_ordered_request(
        "/messages", method="POST", headers={"Authorization": "Bearer the-gateways-key"}
    ).respond_with_json({"message_id": 77})
    assert gateway(httpserver).send(TEXT).id == "77"
    request, _answer = httpserver.log[0]
    assert request.form.to_dict() == {
        "recipient": "+14155550123",
        "sender": "Shop",
        "body": "123456 is your code.",
        "idempotency_key": "ref-1",
    }


@pytest.mark.parametrize(("status", "permanent"), [(422, True), (404, True), (401, False), (302, False), (503, False)])
def test_the_sms_backend_of_the_how_to_says_whether_to_try_again(httpserver: Any, status: int, permanent: bool) -> None:
    httpserver.expect_request("/messages").respond_with_data("no", status=status)
    with pytest.raises(DeliveryFailed) as refused:
        gateway(httpserver).send(TEXT)
    assert refused.value.permanent is permanent


@pytest.mark.parametrize("body", ["OK", "[]", "{}", "null"])
def test_the_sms_backend_of_the_how_to_takes_every_2xx_for_taken(httpserver: Any, body: str) -> None:
    httpserver.expect_request("/messages").respond_with_data(body, status=202)
    assert gateway(httpserver).send(TEXT).id == ""


def test_the_sms_backend_of_the_how_to_checks_its_options(httpserver: Any) -> None:
    backend = gateway(httpserver)
    assert list(backend.check()) == []
    backend.key = ""
    assert [fault.id for fault in backend.check()] == ["mysite.E001"]


# The way from nothing to a login


class NewSite:
    """A project made by ``django-admin startproject`` and what one page says to add to it."""

    def __init__(self, folder: Path, page: Path) -> None:
        self.folder, self.page = folder, page
        self.address = f"http://127.0.0.1:{free_port()}"
        kept = {
            name: value for name, value in os.environ.items() if name not in {"DJANGO_SETTINGS_MODULE", "DATABASE_URL"}
        }
        self.environment = {**kept, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", "PYTHONWARNINGS": ""}
        self.server: subprocess.Popen[bytes] | None = None
        self.output = folder / "output.txt"
        self.values: dict[str, str] = {}
        self.run("django", "startproject", "mysite", ".")

    def follow(self) -> None:
        """Add the settings and addresses of the page, and do its commands up to the one that serves."""
        for block in self.python():
            name = block.partition("\n")[0].removeprefix("# ").rpartition("/")[2]
            if name in {"settings.py", "urls.py"}:
                with (self.folder / "mysite" / name).open("a") as file:
                    file.write(f"\n{block}")
        for line in self.commands("python manage.py"):
            words = shlex.split(line)[1:]
            if words[1] == "runserver":
                self.serve()
                return
            printed = self.run(*words[1:])
            if found := re.search(r"API secret: (\S+)", printed):
                self.values["SECRET"] = found[1]

    def python(self) -> list[str]:
        texts = [block.text.replace(DEMO_ADDRESS, self.address) for block in blocks(self.page, "python")]
        if django.VERSION < (6, 1):
            return texts
        return ["\n".join(line for line in text.splitlines() if "leave it out" not in line) for text in texts]

    def commands(self, beginning: str) -> list[str]:
        texts = [block.text.replace("\\\n", " ") for block in blocks(self.page, "shell")]
        lines = [line for text in texts for line in text.splitlines() if line.startswith(beginning)]
        return [line.replace(DEMO_ADDRESS, self.address) for line in lines]

    def run(self, *arguments: str) -> str:
        program = ["-m", "django"] if arguments[0] == "django" else ["manage.py"]
        rest = arguments[1:] if arguments[0] == "django" else arguments
        done = subprocess.run(
            [sys.executable, *program, *rest], cwd=self.folder, env=self.environment, capture_output=True, text=True,
            check=False, timeout=60,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    def serve(self) -> None:
        port = str(urlsplit(self.address).port)
        with self.output.open("wb") as output:
            self.server = subprocess.Popen(
                [sys.executable, "manage.py", "runserver", "--noreload", f"127.0.0.1:{port}"],
                cwd=self.folder, env=self.environment, stdout=output, stderr=subprocess.STDOUT,
            )  # fmt: skip
        self.wait_for(r"Quit the server")

    def wait_for(self, pattern: str) -> str:
        """Wait until the server has printed something, and return the first group of its last match."""
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            printed = self.output.read_bytes()
            # Django 6 prints long lines of a mail broken by "=", as the page says.
            printed = quopri.decodestring(printed) if django.VERSION >= (6, 0) else printed
            found = re.findall(pattern, printed.decode("utf-8", "replace"))
            if found:
                return str(found[-1])
            time.sleep(0.05)
        raise AssertionError(f"{pattern} was never printed:\n{self.output.read_text('utf-8', 'replace')}")

    def curl(self, part: str) -> dict[str, Any]:
        """Do the page's curl command whose address has this part, and return the answer."""
        [command] = [line for line in self.commands("curl") if part in line]
        curl = Curl.read(command, self.values)
        with requests.request(curl.method, curl.url, headers=curl.headers, data=curl.data, timeout=15) as answer:
            return dict(answer.json())

    def press_it_is_me(self) -> None:
        """Open the printed link and press the button, as a browser with cookies does."""
        link = self.wait_for(r"\n(http\S+vtoken=\S+)")
        with requests.Session() as browser:
            page = browser.get(link, timeout=15)
            hidden = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]+)">', page.text)
            assert hidden, page.text
            form = {"decision": "approve", **{name: unescape(value) for name, value in hidden}}
            assert browser.post(page.url, data=form, timeout=15).status_code == 200

    def stop(self) -> None:
        if self.server is not None:
            self.server.terminate()
            self.server.wait(timeout=15)


@pytest.fixture(params=[README, QUICKSTART], ids=name_of)
def new_site(request: Any, tmp_path: Path) -> Iterator[NewSite]:
    site = NewSite(tmp_path, request.param)
    try:
        site.follow()
        yield site
    finally:
        site.stop()


def test_who_follows_the_page_from_an_empty_folder_is_logged_in(new_site: NewSite) -> None:
    assert new_site.curl("onetouchlogin/email?") == {"IsPosted": True}
    assert new_site.curl("ping?")["ErrorCode"] == errors.LinkNotOpened.code
    new_site.press_it_is_me()
    answer = new_site.curl("ping?")
    assert answer["Profile"]["Email"] == [{"Type": "Primary", "Value": "alice@example.com"}]
    assert shape_of(answer["access_token"]) == "guid"

    if new_site.page == QUICKSTART:
        new_site.values["ACCESS_TOKEN"] = answer["access_token"]
        assert new_site.curl("auth/account?")["Uid"] == answer["Profile"]["Uid"]
        assert new_site.curl("onetouchlogin/phone?")["IsPosted"]
        new_site.values["CODE"] = new_site.wait_for(r"\n(\d{6}) is your ")
        assert new_site.curl("phone/verify?")["Profile"]["PhoneId"] == "+14155550123"
    else:
        assert use_the_sdk(new_site)["IsPosted"] is True
        assert new_site.wait_for(r"\n(\d{6}) is your ")


def use_the_sdk(site: NewSite) -> Any:
    """Run the page's program with the official SDK, and return what it printed."""
    [program] = [text for text in site.python() if "from LoginRadius import" in text]
    program = program.replace("the secret that create_application printed", site.values["SECRET"])
    done = subprocess.run(
        [sys.executable, "-c", program], env=site.environment, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return ast.literal_eval(done.stdout)
