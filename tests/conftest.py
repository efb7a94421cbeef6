"""The vocabulary of the tests."""

import re
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import django
import pytest
from django.apps import apps
from django.contrib.auth import get_user_model
from django.core.cache import cache
from django.db import connection, models
from django.db.models import F
from django.test import Client
from django.utils import translation
from mmdb_writer import MMDBWriter
from netaddr import IPSet

from loginradius_passwordless.backends import cache as cache_port
from loginradius_passwordless.backends.sms import locmem as sms_locmem
from loginradius_passwordless.backends.voice import locmem as voice_locmem
from loginradius_passwordless.conf import NAME
from loginradius_passwordless.identifiers import parse_email, parse_phone
from loginradius_passwordless.models import Application, ApplicationSecret, Customer, Identifier

from .running import RunningSite

User = get_user_model()
API = "/identity/v2/"
# What the setting takes: names beside the addresses until Django 5.2, addresses alone since 6.0.
ADMINS = ["admin@example.com"] if django.VERSION >= (6, 0) else [("Admin", "admin@example.com")]


def flush_cache() -> None:
    """Lose everything that this worker has in the cache; other workers use the same Redis."""
    if hasattr(cache, "delete_pattern"):
        cache.delete_pattern("*")
    else:
        cache.clear()


@pytest.fixture(scope="session", autouse=True)
def _few_rows_are_deleted() -> None:
    """Empty the tables after a test by DELETE on PostgreSQL, too: TRUNCATE of all takes longer than most tests do.

    In any order, as Django's foreign keys are looked at when the transaction commits.
    """
    if connection.vendor == "postgresql":
        connection.ops.sql_flush = lambda style, tables, **options: [  # type: ignore[method-assign]
            f"DELETE FROM {connection.ops.quote_name(table)};"  # noqa: S608 - the names are Django's
            for table in tables
        ]


@pytest.fixture(autouse=True)
def _empty_outboxes() -> None:
    cache_port._quiet_until = 0.0  # what one test did to the cache is not the next one's
    translation.deactivate()  # a request in another language leaves it active in this thread
    flush_cache()
    sms_locmem.outbox.clear()
    voice_locmem.outbox.clear()


@pytest.fixture
def shop(db: Any) -> Application:
    """The application that most tests call with."""
    return Application.objects.create(
        name="Example Shop",
        api_key="shop-key-0001",
        return_urls=["https://shop.example/welcome"],
        origins=["https://tv.shop.example"],
    )


@pytest.fixture
def shop_secret(shop: Application) -> str:
    return ApplicationSecret.objects.issue(shop)


@pytest.fixture
def bank(db: Any) -> Application:
    """Another application of the same site."""
    return Application.objects.create(name="Example Bank", api_key="bank-key-0001")


class API_Client:  # noqa: N801
    """Calls the API as an SDK does: JSON bodies, the key in the query, no cookies."""

    def __init__(self, api_key: str, **headers: str) -> None:
        self.api_key = api_key
        self.client = Client(headers=headers)

    def call(
        self, method: str, path: str, body: Any = None, *, headers: dict[str, str] | None = None, **query: Any
    ) -> Any:
        query = {"apikey": self.api_key, **query}
        address = API + path if not path.startswith("/") else path
        content = {"data": body, "content_type": "application/json"} if body is not None else {}
        return self.client.generic(
            method, address, self._encode(content.get("data")), content_type="application/json",
            query_params={name: value for name, value in query.items() if value is not None}, headers=headers,
        )  # fmt: skip

    @staticmethod
    def _encode(body: Any) -> bytes:
        import json

        if body is None:
            return b""
        return body if isinstance(body, bytes) else json.dumps(body).encode()

    def get(self, path: str, **options: Any) -> Any:
        return self.call("GET", path, **options)

    def post(self, path: str, body: Any = None, **options: Any) -> Any:
        return self.call("POST", path, body, **options)

    def put(self, path: str, body: Any = None, **options: Any) -> Any:
        return self.call("PUT", path, body, **options)


@pytest.fixture
def api(shop: Application) -> API_Client:
    return API_Client(shop.api_key)


@pytest.fixture
def api_of() -> Callable[..., API_Client]:
    return lambda application, **headers: API_Client(application.api_key, **headers)


@pytest.fixture
def person() -> Client:
    """A person's browser, which keeps cookies and checks CSRF."""
    return Client(enforce_csrf_checks=True)


@pytest.fixture
def mailbox(mailoutbox: Any) -> Any:
    return mailoutbox


@pytest.fixture
def sms_outbox() -> list[sms_locmem.SMS]:
    return sms_locmem.outbox


@pytest.fixture
def voice_outbox() -> list[voice_locmem.Call]:
    return voice_locmem.outbox


@pytest.fixture
def site(settings: Any) -> Callable[..., None]:
    """Change settings of the package for one test."""

    def change(**values: Any) -> None:
        setattr(settings, NAME, {**getattr(settings, NAME), **values})

    return change


@pytest.fixture
def later() -> Callable[..., None]:
    """Let time pass: the database's clock is the only one, so everything in it becomes older."""

    def pass_time(**time: float) -> None:
        for model in apps.get_app_config("loginradius_passwordless").get_models():
            moments = [field.name for field in model._meta.fields if isinstance(field, models.DateTimeField)]
            model._default_manager.update(**{name: F(name) - timedelta(**time) for name in moments})
        flush_cache()

    return pass_time


LOCMEM = "django.core.mail.backends.locmem.EmailBackend"


@pytest.fixture
def mail_through(settings: Any) -> Callable[..., None]:
    """Send mail by another backend; Django 6.1 spells that in its own way."""

    def change(backend: str = LOCMEM, **options: Any) -> None:
        if hasattr(settings, "MAILERS"):
            settings.MAILERS = {"default": {"BACKEND": backend, "OPTIONS": options}}
            return
        settings.EMAIL_BACKEND = backend
        for name, value in options.items():
            setattr(settings, f"EMAIL_{name.upper()}", value)

    return change


def new_guid() -> str:
    return str(uuid.uuid4())


def code_from(message: Any) -> str:
    """Read a code from an SMS, a call or a mail, as a person does."""
    text = getattr(message, "text", "") or message.body
    found = re.search(r"(?<![\w-])(\d{6,10})(?![\w-])", text)
    assert found, text
    return found[1]


def link_from(message: Any) -> str:
    """Read the link from a mail's text part; the HTML part must have the same one."""
    links = re.findall(r"https?://\S+vtoken=\S+", message.body)
    assert len(links) == 1, message.body
    html = message.alternatives[0][0]
    assert links[0].replace("&", "&amp;") in html
    return links[0]


def token_from(message: Any) -> str:
    return parse_qs(urlsplit(link_from(message)).query)["vtoken"][0]


def start_email(api: API_Client, email: str = "alice@example.com", guid: str | None = None, **query: Any) -> str:
    """Start a one-touch login by e-mail and return its GUID."""
    guid = guid or new_guid()
    answer = api.post("auth/onetouchlogin/email", {"email": email, "clientguid": guid}, **query)
    assert answer.status_code == 200, answer.content
    return guid


def start_phone(api: API_Client, phone: str = "+14155550123", **query: Any) -> None:
    answer = api.post("auth/onetouchlogin/phone", {"phone": phone}, **query)
    assert answer.status_code == 200, answer.content


def start_smart(api: API_Client, guid: str | None = None, **who: Any) -> str:
    """Start a smart login, for alice@example.com unless said otherwise, and return its GUID."""
    guid = guid or new_guid()
    answer = api.get("auth/login/smartlogin", clientguid=guid, **(who or {"email": "alice@example.com"}))
    assert answer.status_code == 200, answer.content
    return guid


def customer_of(user: Any, email: str = "", phone: str = "") -> Customer:
    """Make a site's user a customer who has proven an address or a number."""
    customer = Customer.objects.create(user=user)
    for identity in [*([parse_email(email)] if email else []), *([parse_phone(phone)] if phone else [])]:
        Identifier.objects.add_proven(customer, identity)
    return customer


@pytest.fixture
def alice(db: Any) -> Customer:
    """An existing customer: user name, e-mail address, nothing else."""
    return customer_of(User.objects.create(username="alice", email="alice@example.com"), "alice@example.com")


@pytest.fixture
def phone_customer(db: Any) -> Customer:
    """An existing customer whose only way in is a phone."""
    return customer_of(User.objects.create(username="phil"), phone="+14155550123")


@pytest.fixture
def geoip(tmp_path: Any, site: Any) -> None:
    """A GeoIP database of three networks."""
    writer = MMDBWriter(ip_version=4, database_type="Test-City", languages=["en", "de"])
    places = {
        "198.51.100.0/24": ("DE", "Germany", "Deutschland", "Cologne", "Köln", "Europe/Berlin"),
        "203.0.113.0/24": ("DE", "Germany", "Deutschland", "Berlin", "Berlin", "Europe/Berlin"),
        "192.0.2.0/24": ("JP", "Japan", "Japan", "Tokyo", "Tokio", "Asia/Tokyo"),
    }
    for network, (code, country, land, city, stadt, zone) in places.items():
        writer.insert_network(
            IPSet([network]),
            {
                "country": {"iso_code": code, "names": {"en": country, "de": land}},
                "city": {"names": {"en": city, "de": stadt}},
                "location": {"time_zone": zone},
            },
        )
    file = tmp_path / "city.mmdb"
    writer.to_db_file(str(file))
    site(GEOIP_DATABASE=str(file))


def ping(api: API_Client, guid: str, **query: Any) -> Any:
    return api.get("auth/login/smartlogin/ping", clientguid=guid, **query)


def error_code(answer: Any) -> int:
    """Return the code of an error, and hold its body to the contract."""
    body = answer.json()
    assert set(body) >= {"Description", "ErrorCode", "Message", "IsProviderError", "ProviderErrorResponse"}
    assert answer.status_code >= 400
    return int(body["ErrorCode"])


def press(person: Client, link: str, decision: str) -> Any:
    """Open a link as a browser does, follow its redirect, and press one of the two buttons."""
    page = person.get(link, follow=True)
    assert page.status_code == 200, page.content
    return person.post(page.request["PATH_INFO"], {**fields_of(page), "decision": decision})


def fields_of(page: Any) -> dict[str, str]:
    """What the form of a page sends along without being asked."""
    fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]+)">', page.content.decode()))
    assert "csrfmiddlewaretoken" in fields
    return fields


@pytest.fixture
def make_site(tmp_path):
    """Start the example project in a process of its own, with a database of its own; ends with the test."""
    running = []

    def make(database_url: str = "", environment: dict[str, str] | None = None, **settings: Any) -> RunningSite:
        passwordless = settings.pop("PASSWORDLESS", {})
        url = database_url or f"sqlite:///{tmp_path / 'site.sqlite3'}"
        running.append(RunningSite(tmp_path, url, passwordless, environment or {}))
        return running[-1]

    yield make
    for site in running:
        site.kill_server()
