"""Subscriptions by the API: LoginRadius' older pairs of address and event, and its newer endpoints."""

import json
from collections import Counter

import pytest
from django.test import Client
from standardwebhooks import Webhook

from loginradius_passwordless import webhooks
from loginradius_passwordless.backends.sms.locmem import outbox
from loginradius_passwordless.catalog import HookName
from loginradius_passwordless.conf import NAME
from loginradius_passwordless.messages import deliver_due
from loginradius_passwordless.models import ApplicationSecret, WebhookDelivery, WebhookEndpoint

from .conftest import code_from, error_code, start_phone
from .receiver import ALL, Receiver, subscribe
from .test_races import at_once
from .test_sdk import sdk as sdk

pytestmark = pytest.mark.django_db(transaction=True)
PAIRS, ENDPOINTS = "/api/v2/webhook", "/v2/manage/webhooks"
URL, OTHER = "https://hooks.example.com/in", "https://hooks.example.net/in"
# Each leads inside, or may be read by some program as an address that does.
INSIDE = [
    "http://hooks.example.com/",
    "https://127.0.0.1/",
    "https://localhost/",
    "https://169.254.169.254/latest/meta-data/",
    "https://[::1]/",
    "https://[::ffff:7f00:1]/",
    "https://0.0.0.0/",
    "https://2130706433/",
    "https://0x7f.1/",
    "https://10.0.0.8/",
    "https://hooks.example.com:6379/",
    "https://hooks.example.com@127.0.0.1/",
    "https://hooks.example.com\\@127.0.0.1/",
    "https://metadata.internal/",
    "https://hooks",
    "file:///etc/passwd",
    "//hooks.example.com/",
    "hooks",
]


class Server:
    """The application's own server."""

    def __init__(self, api_key, secret):
        self.api_key, self.secret, self.client = api_key, secret, Client()

    def __call__(self, method, path, body=None, **query):
        headers = {"X-LoginRadius-ApiSecret": self.secret} if self.secret else {}
        sent = body if isinstance(body, bytes) else json.dumps(body).encode() if body is not None else b""
        query = {"apikey": self.api_key, **query}
        return self.client.generic(method, path, sent, "application/json", query_params=query, headers=headers)


@pytest.fixture
def server(shop, shop_secret):
    return Server(shop.api_key, shop_secret)


@pytest.fixture
def banks_server(bank):
    return Server(bank.api_key, ApplicationSecret.objects.issue(bank))


def pair(url=URL, event="Login"):
    return {"TargetUrl": url, "Event": event}


def add(server, url=URL, event="Login", **more):
    answer = server("POST", ENDPOINTS, {**pair(url, event), **more})
    assert answer.status_code == 200, answer.content
    return answer.json()


# Pairs


def test_an_address_is_told_of_events_one_by_one_and_forgotten_after_the_last(server, shop):
    for event in ("Register", "Login", "Login"):
        assert server("POST", PAIRS, pair(event=event)).json() == {"IsPosted": True}
    [endpoint] = WebhookEndpoint.objects.all()
    assert (endpoint.application, endpoint.url, endpoint.events) == (shop, URL, ["Register", "Login"])
    listed = server("GET", PAIRS, event="Register").json()
    assert listed["Count"] == 1
    assert {"TargetUrl": URL, "Event": "Register"}.items() <= listed["data"][0].items()
    assert server("GET", PAIRS).json()["Count"] == 2
    assert server("DELETE", PAIRS, pair(event="Register")).json() == {"IsDeleted": True}
    assert WebhookEndpoint.objects.get().events == ["Login"]
    assert server("DELETE", PAIRS, pair()).json() == {"IsDeleted": True}
    assert not WebhookEndpoint.objects.exists()
    assert server("GET", PAIRS, event="Login").json() == {"data": [], "Count": 0}


def test_whoever_knows_the_secret_may_have_webhooks(server):
    assert server("GET", f"{PAIRS}/test").json() == {"IsAllowed": True}


def test_names_of_events_are_read_in_any_case_as_sdks_write_them(server):
    assert server("POST", PAIRS, pair(event="emailVerification")).status_code == 200
    assert WebhookEndpoint.objects.get().events == ["EmailVerification"]


def test_what_was_not_subscribed_cannot_be_unsubscribed(server):
    server("POST", PAIRS, pair())
    for unknown in (pair(event="Register"), pair(OTHER)):
        assert error_code(server("DELETE", PAIRS, unknown)) == 404
    assert WebhookEndpoint.objects.get().events == ["Login"]


def test_what_is_subscribed_is_told(server, api, site):
    receiver = Receiver()
    site(WEBHOOK_PRIVATE_HOSTS=[receiver.url], SENDING="worker", RESEND_GAP=0)
    try:
        secret = add(server, receiver.url)["Secret"]
        start_phone(api)
        deliver_due()
        phone = {"phone": "+14155550123", "otp": code_from(outbox[-1])}
        assert api.put("auth/onetouchlogin/phone/verify", phone).status_code == 200
        assert webhooks.send_due() == (1, 0)
        [(_path, headers, body)] = receiver.taken
        assert Webhook(secret).verify(body, headers)["HookName"] == "login"
    finally:
        receiver.close()


# Endpoints


def test_an_endpoint_is_added_read_changed_and_removed(server):
    added = add(server, Name="Orders", Event="Login,Register")
    assert added["Secret"].startswith("whsec_")
    shown = {name: value for name, value in added.items() if name != "Secret"}
    assert set(shown) == {"Id", "Name", "Event", "TargetUrl", "CreatedDate", "LastModifiedDate", "IsPaused"}
    assert (shown["Name"], shown["Event"], shown["TargetUrl"]) == ("Orders", "Login,Register", URL)
    one = f"{ENDPOINTS}/{added['Id']}"
    assert server("GET", one).json() == shown
    assert server("GET", ENDPOINTS).json() == {"Data": [shown]}
    changed = server("PUT", one, {"TargetUrl": OTHER, "Event": "BlockAccount"}).json()
    assert changed == server("GET", one).json()
    assert (changed["Name"], changed["Event"], changed["TargetUrl"]) == ("Orders", "BlockAccount", OTHER)
    assert changed["LastModifiedDate"] > added["LastModifiedDate"]
    assert server("DELETE", one).json() == {"isdeleted": True}
    assert error_code(server("GET", one)) == 404
    assert server("GET", ENDPOINTS).json() == {"Data": []}


def test_the_secret_is_answered_once(server):
    added = add(server)
    assert WebhookEndpoint.objects.get().secrets() == [added["Secret"]]
    for answer in (
        server("GET", ENDPOINTS),
        server("GET", f"{ENDPOINTS}/{added['Id']}"),
        server("PUT", f"{ENDPOINTS}/{added['Id']}", {"Name": "New"}),
        server("GET", PAIRS),
    ):
        assert added["Secret"] not in answer.content.decode()


@pytest.mark.parametrize("path", [ENDPOINTS, "/v2/manage/webhook", "/V2/Manage/WebHooks/"])
def test_addresses_are_taken_in_the_singular_in_any_case_and_with_a_slash(server, path):
    added = server("POST", path, pair()).json()
    assert server("GET", f"{path.rstrip('/')}/{added['Id'].upper()}/").json()["Id"] == added["Id"]
    assert server("GET", f"{path.rstrip('/')}/events").json() == {"Data": [str(name) for name in HookName]}


def test_the_older_and_the_newer_calls_speak_of_the_same(server):
    identifier = add(server, Event="Login")["Id"]
    server("POST", PAIRS, pair(event="Register"))
    assert server("GET", f"{ENDPOINTS}/{identifier}").json()["Event"] == "Login,Register"
    server("DELETE", PAIRS, pair(event="Login"))
    assert server("GET", f"{ENDPOINTS}/{identifier}").json()["Event"] == "Register"


def test_a_new_address_has_not_failed_yet_and_a_pause_stays(server, shop):
    endpoint, _secret = subscribe(shop, URL, "Login")
    for _failure in range(4):
        WebhookEndpoint.objects.note_failure(endpoint)
    WebhookEndpoint.objects.pause()
    server("PUT", f"{ENDPOINTS}/{endpoint.hook_id}", {"Name": "Same address"})
    assert WebhookEndpoint.objects.get().failures == 4
    assert server("PUT", f"{ENDPOINTS}/{endpoint.hook_id}", {"TargetUrl": OTHER}).json()["IsPaused"] is True
    endpoint.refresh_from_db()
    assert (endpoint.failures, endpoint.rests_until, endpoint.is_paused) == (0, None, True)


def test_a_change_leaves_alone_what_senders_write(server, shop, monkeypatch):
    endpoint, _secret = subscribe(shop, URL, "Login")
    save = WebhookEndpoint.save

    def taken_meanwhile(row, **options):
        assert WebhookEndpoint.objects.lease(row.pk)
        save(row, **options)

    monkeypatch.setattr(WebhookEndpoint, "save", taken_meanwhile)
    assert server("PUT", f"{ENDPOINTS}/{endpoint.hook_id}", {"Name": "New"}).status_code == 200
    endpoint.refresh_from_db()
    assert endpoint.name == "New"
    assert endpoint.busy_until is not None


@pytest.mark.parametrize("name", ["Headers", "QueryParams", "Authentication"])
def test_what_this_site_does_not_add_to_its_calls_is_refused_and_not_forgotten(server, name):
    answer = server("POST", ENDPOINTS, {**pair(), name: {"X-Api-Key": "1"}})
    assert error_code(answer) == 908
    assert name.lower() in answer.json()["Description"]
    assert add(server, **{name: {}})


# What is refused


@pytest.mark.parametrize("url", INSIDE)
def test_an_address_that_is_never_called_is_refused_with_the_reason(server, url):
    change = f"{ENDPOINTS}/{add(server)['Id']}"
    for method, path in (("POST", PAIRS), ("POST", ENDPOINTS), ("PUT", change)):
        answer = server(method, path, pair(url, "Register"))
        assert error_code(answer) == 908
        assert answer.json()["Description"].startswith("Check the parameter targeturl: The ")
        assert url not in answer.json()["Description"]
    assert WebhookEndpoint.objects.get().url == URL


@pytest.mark.parametrize("event", ["", "UpdateProfile", "login,", "*", ["Login"], {"a": 1}, 7, True, None])
def test_an_event_that_nobody_is_told_of_is_refused(server, event):
    for path in (PAIRS, ENDPOINTS):
        answer = server("POST", path, pair(event=event))
        assert error_code(answer) == 908
        assert "event" in answer.json()["Description"]
    assert not WebhookEndpoint.objects.exists()


def test_the_older_calls_name_one_event(server):
    assert error_code(server("POST", PAIRS, pair(event="Login,Register"))) == 908


GARBAGE = [
    b"", b"{}", b"[]", b"null", b"7", b'"x"', b"{", b"\xff\xfe", b"\x00", b'{"TargetUrl": 1, "Event": 2}',
    b'{"TargetUrl": {}, "Event": []}', b'{"TargetUrl": null, "Event": null}', b'{"TargetUrl": "' + b"x" * 3000 + b'"}',
    b'{"TargetUrl": "https://a.example/", "targeturl": "https://b.example/", "Event": "Login"}',
    b'{"TargetUrl": "https://a.example/\\u0000", "Event": "Login"}',
    b'{"TargetUrl": "https://a.example/\\ud800", "Event": "Login"}',
    b'{"TargetUrl": "https://a.example/", "Event": "Login", "Name": {"a": [[[]]]}}',
    b'{"TargetUrl": "https://a.example/", "Event": "Login", "Name": "' + b"n" * 81 + b'"}',
    b'{"TargetUrl": ' + b"[" * 5000, b"x" * 70_000,
]  # fmt: skip


@pytest.mark.parametrize("body", GARBAGE, ids=range(len(GARBAGE)))
def test_no_body_is_a_fault_of_ours(server, body):
    change = f"{ENDPOINTS}/{add(server)['Id']}"
    for method, path in (("POST", PAIRS), ("DELETE", PAIRS), ("POST", ENDPOINTS), ("PUT", change)):
        answer = server(method, path, body)
        assert answer.status_code < 500, (method, path)
        assert answer.status_code == 200 or error_code(answer) in {908, 965, 1079, 404}


@pytest.mark.parametrize("identifier", ["x", "-", "events1", "0" * 64, "6f1a2f6c-3f35-4c8e-9a55-0c1d5f6a7b8c"])
def test_an_unknown_webhook_is_not_found(server, identifier):
    for method in ("GET", "PUT", "DELETE"):
        answer = server(method, f"{ENDPOINTS}/{identifier}")
        assert error_code(answer) == 404
        assert answer.json()["Message"] == "There is no such webhook"


def test_another_application_neither_sees_nor_changes_an_endpoint(server, banks_server):
    one = f"{ENDPOINTS}/{add(server)['Id']}"
    for method in ("GET", "PUT", "DELETE"):
        assert error_code(banks_server(method, one, {"Name": "Mine"})) == 404
    assert error_code(banks_server("DELETE", PAIRS, pair())) == 404
    assert banks_server("GET", ENDPOINTS).json() == {"Data": []}
    assert banks_server("GET", PAIRS).json()["Count"] == 0
    assert WebhookEndpoint.objects.get().name == ""


@pytest.mark.parametrize("secret", ["", "a wrong secret of some length"])
def test_nothing_is_answered_without_the_secret(shop, server, secret):
    identifier = add(server)["Id"]
    stranger = Server(shop.api_key, secret)
    code = 902 if secret else 923
    for method, path in (
        ("GET", PAIRS), ("POST", PAIRS), ("DELETE", PAIRS), ("GET", f"{PAIRS}/test"), ("GET", ENDPOINTS),
        ("POST", ENDPOINTS), ("GET", f"{ENDPOINTS}/events"), ("GET", f"{ENDPOINTS}/{identifier}"),
        ("PUT", f"{ENDPOINTS}/{identifier}"), ("DELETE", f"{ENDPOINTS}/{identifier}"),
    ):  # fmt: skip
        assert error_code(stranger(method, path, pair() if method != "GET" else None)) == code, (method, path)
    assert WebhookEndpoint.objects.get().events == ["Login"]


@pytest.mark.parametrize("path", ["/api/v2/webhook/tests", "/v2/manage/webhook/a/b", "/V2/manage/webhooks/a/b"])
def test_other_addresses_beside_webhooks_are_said_to_be_none_in_json(server, path):
    assert error_code(server("GET", path)) == 404


@pytest.mark.parametrize("path", ["/api/v2/", "/api/v2/orders", "/api/v2/webhooks", "/v2/manage/", "/v2/manage/users"])
def test_a_sites_own_addresses_are_left_to_it(server, path):
    assert "application/json" not in server("GET", path)["Content-Type"]


# How many


def test_five_addresses_are_told_of_an_event_and_a_sixth_is_refused(server, banks_server):
    for number in range(5):
        assert server("POST", PAIRS, pair(f"{URL}/{number}")).status_code == 200
    assert server("POST", PAIRS, pair(f"{URL}/3")).status_code == 200  # it is told already
    for path in (PAIRS, ENDPOINTS):
        answer = server("POST", path, pair(f"{URL}/6"))
        assert error_code(answer) == 908
        assert answer.json()["Description"].startswith("Check the parameter event: 5 webhooks")
    identifier = add(server, f"{URL}/6", "Register")["Id"]
    assert error_code(server("PUT", f"{ENDPOINTS}/{identifier}", {"Event": "Register,Login"})) == 908
    assert banks_server("POST", PAIRS, pair()).status_code == 200
    server("DELETE", PAIRS, pair(f"{URL}/0"))
    assert server("PUT", f"{ENDPOINTS}/{identifier}", {"Event": "Register,Login"}).status_code == 200


def test_a_crowd_that_subscribes_at_once_gets_five(server, shop, shop_secret):
    add(server, f"{URL}/first", "Register")
    calls = [
        lambda number=number: Server(shop.api_key, shop_secret)(
            "POST", (PAIRS, ENDPOINTS)[number % 2], pair(f"{URL}/{number}")
        )
        for number in range(20)
    ]
    seen = Counter(200 if answer.status_code == 200 else error_code(answer) for answer in at_once(*calls))
    assert seen == {200: 5, 908: 15}
    assert WebhookEndpoint.objects.count() == 6


def test_events_that_are_subscribed_at_once_for_one_address_are_all_told(shop, shop_secret):
    calls = [
        lambda event=event: Server(shop.api_key, shop_secret)("POST", PAIRS, pair(event=event)) for event in ALL * 2
    ]
    assert {answer.status_code for answer in at_once(*calls)} == {200}
    assert sorted(WebhookEndpoint.objects.get().events) == sorted(ALL)


# What goes along, and what no SDK may misread


def test_with_a_subscription_goes_what_it_still_had_to_be_told(server, shop):
    server("POST", PAIRS, pair())
    webhooks.send_test(WebhookEndpoint.objects.get(), HookName.LOGIN)
    assert WebhookDelivery.objects.exists()
    server("DELETE", PAIRS, pair())
    assert not WebhookDelivery.objects.exists()


def test_no_success_has_the_words_by_which_sdks_know_errors(server):
    identifier = add(server, f"{URL}?Description=errorCode", Name="description errorcode")["Id"]
    for answer in (
        server("GET", PAIRS),
        server("GET", ENDPOINTS),
        server("PUT", f"{ENDPOINTS}/{identifier}", {"Name": "a Description"}),
    ):
        assert answer.status_code == 200
        assert b"description" not in answer.content.lower()
        assert b"errorcode" not in answer.content.lower()


def test_loginradius_own_sdk_manages_webhooks(sdk, settings):
    settings.LOGINRADIUS_PASSWORDLESS = {**getattr(settings, NAME), "ALLOW_SECRETS_IN_QUERY": True}
    added = sdk.web_hook.create_webhook_subscription({"Event": "Login", "TargetUrl": URL, "Name": "Orders"})
    assert added["TargetUrl"] == URL
    one = sdk.web_hook.get_webhook_subscription_detail(added["Id"])
    assert sdk.web_hook.list_all_webhooks()["Data"] == [one]
    assert "Login" in sdk.web_hook.get_webhook_events()["Data"]
    assert sdk.web_hook.update_webhook_subscription(added["Id"], {"Headers": {"a": "b"}})["ErrorCode"] == 908
    assert sdk.web_hook.delete_webhook_subscription(added["Id"]) == {"isdeleted": True}
