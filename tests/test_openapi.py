"""The OpenAPI document: whole, valid, as the golden file says, and shown only where a site wants it.

That it is true is held by ``conformance``, in every test that calls the API, and by ``test_openapi_fuzz``. After a
change on purpose: UPDATE_GOLDEN=1 pytest tests/test_openapi.py, then read the difference.
"""

import json
import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.test import Client
from django.utils import translation
from openapi_spec_validator import OpenAPIV31SpecValidator, validate

from loginradius_passwordless import errors, urls
from loginradius_passwordless.api.base import FlowView, NotFoundView
from loginradius_passwordless.openapi import links
from loginradius_passwordless.openapi.endpoints import METHODS, endpoints
from loginradius_passwordless.openapi.failures import ALWAYS, failures_of
from loginradius_passwordless.openapi.views import document

from .conformance import SAY
from .test_docs import documented_endpoints

GOLDEN = Path(__file__).parent / "golden" / "openapi.json"
DOCUMENT, PAGE = "/identity/openapi.json", "/identity/docs/"


@pytest.fixture(autouse=True)
def _where_the_site_is(site: Any) -> None:
    site(PUBLIC_URL="https://login.example.com", API_DOCS="always")


def views() -> set[type[FlowView]]:
    found = {pattern.callback.view_class for pattern in urls.urlpatterns}  # type: ignore[attr-defined]
    return {view for view in found if issubclass(view, FlowView)} - {NotFoundView}


def test_every_view_says_what_its_methods_take_answer_and_raise() -> None:
    for view in views():
        methods = {method for method in METHODS if hasattr(view, method)}
        assert set(view.operations) == methods, f"{view.__module__}.{view.__name__}: {SAY}"


def test_the_document_is_openapi_3_1_and_as_the_golden_file_says() -> None:
    text = json.dumps(document(), indent=1, ensure_ascii=False) + "\n"
    validate(json.loads(text), cls=OpenAPIV31SpecValidator)
    if os.environ.get("UPDATE_GOLDEN"):
        GOLDEN.write_text(text, "utf-8")
    assert json.loads(GOLDEN.read_text("utf-8")) == json.loads(text)


def test_every_address_is_in_it_once_and_its_other_addresses_are_told() -> None:
    paths = document()["paths"]
    told = {alias for methods in paths.values() for one in methods.values() for alias in one.get("x-aliases", [])}
    documented = {head.rpartition(" ")[2] for head in documented_endpoints() if "/v2/" in head}
    assert {*paths, *told} == documented
    assert not told & set(paths)
    assert told == {"/identity/v2/auth/email/smartlogin"}


def test_every_operation_has_a_name_of_its_own_and_every_link_leads_to_one() -> None:
    names = [endpoint.name for endpoint in endpoints()]
    assert len(set(names)) == len(names) > 35
    assert links.unknown_names(endpoints()) == set()


# What every endpoint has, and what docs/reference/endpoints.md says of all of them at once.
SAID_ONCE = {*ALWAYS, errors.OriginNotAllowed, errors.InvalidPostBody, errors.InvalidPutBody, errors.NotFound}


def test_the_reference_names_the_errors_that_the_views_declare() -> None:
    declared: dict[str, set[int]] = {}
    for endpoint in endpoints():
        failures = failures_of(endpoint.view, endpoint.method, endpoint.operation, endpoint.path) - SAID_ONCE
        declared.setdefault(endpoint.path, set()).update(failure.code for failure in failures)
    for head, body in documented_endpoints().items():
        path = head.rpartition(" ")[2]
        if path in declared:
            lines = re.findall(r"^Errors.*?(?=\n\n)", body, re.MULTILINE | re.DOTALL)
            named = {int(code) for code in re.findall(r"\b\d{3,4}\b", " ".join(lines))}
            assert named - {failure.code for failure in SAID_ONCE} == declared[path] - {
                failure.code for failure in SAID_ONCE
            }, head


# Where it is shown


@pytest.mark.parametrize(
    ("wanted", "debug", "is_shown"),
    [("debug", True, True), ("debug", False, False), ("always", False, True), ("never", True, False)],
)
def test_a_site_decides_whether_it_is_shown(site: Any, settings: Any, wanted: str, debug: bool, is_shown: bool) -> None:
    site(API_DOCS=wanted)
    settings.DEBUG = debug
    for address in (DOCUMENT, PAGE):
        answer = Client().get(address)
        assert answer.status_code == (200 if is_shown else 404)
        assert is_shown or answer.json()["ErrorCode"] == errors.NotFound.code


def test_without_drf_spectacular_the_app_works_and_shows_nothing() -> None:
    program = (
        "import sys; sys.modules['drf_spectacular'] = None\n"
        "import django; from django.conf import settings; django.setup()\n"
        "settings.LOGINRADIUS_PASSWORDLESS['API_DOCS'] = 'always'\n"
        "from django.core.management import call_command; call_command('check')\n"
        "from django.test import Client\n"
        "from django.core.checks import run_checks; print([found.id for found in run_checks()])\n"
        "print([Client(headers={'Host': 'localhost'}).get(address).status_code for address in ('/identity/openapi.json', '/identity/docs/')])\n"
    )
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "example_project.settings", "PYTHONWARNINGS": ""}
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.stdout.splitlines()[-2:] == ["['loginradius_passwordless.W008']", "[404, 404]"], done.stderr


def test_it_is_served_with_the_address_of_this_site() -> None:
    answer = Client().get(DOCUMENT, headers={"Host": "evil.example"})
    assert answer.json() == json.loads(json.dumps(document()))
    assert answer.json()["servers"] == [{"url": "https://login.example.com"}]
    assert Client().post(DOCUMENT).status_code == 405


class Read(HTMLParser):
    """What the page has in it."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.words = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.ids += [str(value) for name, value in attrs if name == "id"]
        self.links += [str(value) for name, value in attrs if name in {"href", "src", "action"}]
        assert not [name for name, _value in attrs if name.startswith("on") or name == "style"]

    def handle_data(self, data: str) -> None:
        self.words += data


def test_the_page_says_the_same_without_a_script_and_loads_nothing() -> None:
    answer = Client().get(PAGE, headers={"Accept-Language": "de"})
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    page = Read(answer.content.decode())
    assert not {"script", "link", "img", "iframe", "form"} & set(page.tags)
    assert len(set(page.ids)) == len(page.ids)
    for link in page.links:
        assert link == DOCUMENT or (link.startswith("#") and link[1:] in page.ids), link
    with translation.override("en"):
        for endpoint in endpoints():
            assert endpoint.name in page.ids
            assert endpoint.path in page.words
            for failure in failures_of(endpoint.view, endpoint.method, endpoint.operation):
                assert str(failure.message) in page.words


# In a site's own document


SITE = """
import json, sys, types, django
from django.conf import settings
settings.SPECTACULAR_SETTINGS = json.loads(sys.argv[1])
settings.REST_FRAMEWORK = {"DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema"}
django.setup()
from django.urls import path
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.utils import extend_schema
from example_project import urls

guards = []
if settings.SPECTACULAR_SETTINGS["TITLE"] == "Guarded":
    from loginradius_passwordless.authentication import AccessTokenAuthentication
    from loginradius_passwordless.openapi import authentication  # what the app does where drf_spectacular is installed

    guards = [AccessTokenAuthentication]


class Mine(serializers.Serializer):
    total = serializers.IntegerField()


class Orders(APIView):
    authentication_classes = guards

    @extend_schema(responses=Mine)
    def get(self, request):
        return Response({"total": 1})


urls.urlpatterns.insert(0, path("orders/", Orders.as_view()))
print(json.dumps(SchemaGenerator(urlconf=urls).get_schema(public=True)))
"""
HOOK = "loginradius_passwordless.openapi.document.include_passwordless"


def sites_document(**wanted: Any) -> dict[str, Any]:
    """Make the document of a site of its own API, in a process of its own: its settings are the process's."""
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "example_project.settings", "PYTHONWARNINGS": ""}
    done = subprocess.run(
        [sys.executable, "-c", SITE, json.dumps({"TITLE": "Shop", **wanted})],
        env=environment, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "Warning" not in done.stderr, done.stderr
    return dict(json.loads(done.stdout))


@pytest.mark.parametrize("form", ["openapi", "openapi-json"])
def test_the_command_of_drf_spectacular_writes_it_to_a_file(form: str, tmp_path: Path) -> None:
    file = tmp_path / "document"
    command = (
        "import django, sys; from django.conf import settings; settings.INSTALLED_APPS += ['drf_spectacular']\n"
        "django.setup(); from django.core.management import call_command; call_command(*sys.argv[1:])"
    )
    words = ["--generator-class", "loginradius_passwordless.openapi.document.Generator", "--validate", "--fail-on-warn"]
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "example_project.settings"}
    subprocess.run(
        [sys.executable, "-c", command, "spectacular", *words, "--format", form, "--file", str(file)],
        env=environment, check=True, timeout=60,
    )  # fmt: skip
    written = yaml.safe_load(file.read_text("utf-8"))
    assert written["paths"] == document()["paths"]


def test_a_site_with_a_document_of_its_own_finds_it_as_it_was() -> None:
    assert set(sites_document()["paths"]) == {"/orders/"}


def test_views_of_the_site_that_our_tokens_guard_say_so() -> None:
    found = sites_document(TITLE="Guarded", OAS_VERSION="3.1.0")
    validate(found)
    assert {"PasswordlessAccessToken": []} in found["paths"]["/orders/"]["get"]["security"]
    assert found["components"]["securitySchemes"]["PasswordlessAccessToken"]["scheme"] == "bearer"


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
def test_a_site_can_have_ours_in_its_own(version: str) -> None:
    found = sites_document(PREPROCESSING_HOOKS=[HOOK], OAS_VERSION=version)
    validate(found)
    assert found["openapi"] == version
    assert set(found["paths"]) == {"/orders/", *document()["paths"]}
    ours = {name for name in found["components"]["schemas"] if name.startswith("Passwordless")}
    assert set(found["components"]["schemas"]) == {"Mine", *ours}
