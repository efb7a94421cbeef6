"""ALTCHA: challenges that only this site sets, for one thing, for ten minutes, each solved once."""

import base64
import json
import sys

import altcha
import pytest
import time_machine

from loginradius_passwordless.backends.captcha.base import Rejected, Unavailable

from .captcha_vendors import ACTION, HMAC_KEY, VENDORS, solution, solve

SITE = VENDORS["altcha"]
JUNK = [
    None,
    True,
    False,
    0,
    -1,
    1,
    2**32,
    10**400,
    1.5,
    float("nan"),
    "",
    "x",
    "00",
    "zz",
    "é",
    "\ud800",
    [],
    [1],
    {},
    {"a": 1},
    [[[]]],
]


def encode(payload):
    return base64.b64encode(json.dumps(payload).encode("utf-8", "surrogatepass")).decode()


def decode(token):
    return json.loads(base64.b64decode(token))


def leaves(tree, path=()):
    """Every path in a payload, also to what has parts of its own."""
    for key, value in tree.items():
        yield (*path, key)
        if isinstance(value, dict):
            yield from leaves(value, (*path, key))


def with_changed(tree, path, value):
    head, *rest = path
    return {**tree, head: with_changed(tree[head], rest, value) if rest else value}


@pytest.fixture(scope="module")
def payload():
    return decode(SITE.token(SITE.make()))


def test_a_real_solution_passes_within_ten_minutes_and_no_later():
    backend = SITE.make()
    with time_machine.travel("2026-11-21T12:00:00Z", tick=False):
        token = SITE.token(backend)
    with time_machine.travel("2026-11-21T12:10:00Z", tick=False):
        assert backend.verify(solution(token)) is None
    with time_machine.travel("2026-11-21T12:10:01Z", tick=False), pytest.raises(Rejected, match="expired"):
        backend.verify(solution(token))


def test_a_challenge_says_what_the_widget_needs_and_nothing_of_the_key():
    challenge = SITE.make().challenge(ACTION)
    assert set(challenge) == {"parameters", "signature"}
    assert challenge["parameters"]["algorithm"] == "PBKDF2/SHA-256"
    assert challenge["parameters"]["data"] == {"action": ACTION}
    assert HMAC_KEY not in json.dumps(challenge)


def test_the_work_lies_between_half_of_the_tries_and_all_of_them():
    backend = SITE.make(tries=8)
    found = {decode(SITE.token(backend))["solution"]["counter"] for _time in range(80)}
    assert found == {4, 5, 6, 7}


def test_no_two_challenges_are_the_same():
    backend = SITE.make()
    assert len({backend.challenge(ACTION)["signature"] for _time in range(20)}) == 20


@pytest.mark.parametrize("action", ["", "registration", ACTION.upper(), f"{ACTION} "])
def test_a_solution_for_something_else_is_rejected(action):
    backend = SITE.make()
    with pytest.raises(Rejected, match="something else"):
        backend.verify(solution(solve(backend.challenge(action))))


def test_a_challenge_of_another_site_is_rejected():
    token = SITE.token(SITE.make(hmac_key="the key of another site, which is as long"))
    with pytest.raises(Rejected, match="not one of ours"):
        SITE.make().verify(solution(token))


@pytest.mark.parametrize(
    "changed",
    [{"expires_at": None}, {"expires_at": 4102444800}, {"data": None}, {"data": {}}, {"data": {"action": [ACTION]}}],
)
def test_a_challenge_that_another_form_of_the_site_signed_with_the_same_key_is_rejected(changed):
    ours = {
        "counter": 1,
        "hmac_secret": HMAC_KEY,
        "expires_at": altcha.v2.time.time() + 300,
        "data": {"action": ACTION},
    }
    made = altcha.create_challenge("SHA-256", 1, **{**ours, **changed})
    with pytest.raises(Rejected):
        SITE.make().verify(solution(solve(made.to_dict())))
    assert SITE.make().verify(solution(solve(altcha.create_challenge("SHA-256", 1, **ours).to_dict()))) is None


@pytest.mark.parametrize("junk", JUNK, ids=repr)
def test_a_payload_with_anything_changed_is_rejected(payload, junk):
    for path in leaves(payload):
        if path[-1] == "time":  # what the browser says it took; nobody looks at it
            continue
        changed = with_changed(payload, path, junk)
        if changed != payload:
            with pytest.raises(Rejected):
                SITE.make().verify(solution(encode(changed)))


def test_a_payload_with_anything_missing_is_rejected(payload):
    for path in leaves(payload):
        if path[-1] in {"time", "keyLength"}:  # without its length a key has 32 bytes, as ours have
            continue
        changed = json.loads(json.dumps(payload))
        part = changed
        for key in path[:-1]:
            part = part[key]
        del part[path[-1]]
        with pytest.raises(Rejected):
            SITE.make().verify(solution(encode(changed)))


@pytest.mark.parametrize(
    "where", ["counter", "derivedKey", "expiresAt", "cost", "keyPrefix", "action", "nonce", "signature"]
)
def test_a_payload_that_somebody_mended_to_his_liking_is_rejected(payload, where):
    parameters, answer = payload["challenge"]["parameters"], payload["solution"]
    changed = {
        "counter": {"solution": {**answer, "counter": answer["counter"] + 1}},
        "derivedKey": {"solution": {**answer, "derivedKey": answer["derivedKey"][::-1]}},
        "expiresAt": {"challenge": {**payload["challenge"], "parameters": {**parameters, "expiresAt": parameters["expiresAt"] + 600}}},
        "cost": {"challenge": {**payload["challenge"], "parameters": {**parameters, "cost": 2}}},
        "keyPrefix": {"challenge": {**payload["challenge"], "parameters": {**parameters, "keyPrefix": ""}}},
        "action": {"challenge": {**payload["challenge"], "parameters": {**parameters, "data": {"action": "registration"}}}},
        "nonce": {"challenge": {**payload["challenge"], "parameters": {**parameters, "nonce": "00" * 16}}},
        "signature": {"challenge": {**payload["challenge"], "signature": payload["challenge"]["signature"][::-1]}},
    }[where]  # fmt: skip
    with pytest.raises(Rejected):
        SITE.make().verify(solution(encode({**payload, **changed})))


@pytest.mark.parametrize(
    "text", ["null", "true", "1", '"x"', "[]", "{}", "[" * 1500, '{"challenge": {}}', '{"challenge": [], "solution": []}', "{", "", "\ufeff{}", "NaN", '{"a":' * 500]
)  # fmt: skip
def test_json_that_is_no_payload_is_rejected(text):
    with pytest.raises(Rejected):
        SITE.make().verify(solution(base64.b64encode(text.encode()).decode() or "="))


@pytest.mark.parametrize(
    "token", ["=", "====", "A", "AAAAA", "!!!!", "_-_-", "%7B%7D", "gIA=", "/////w==", "{}", "null"]
)
def test_what_is_no_base64_is_rejected(token):
    with pytest.raises(Rejected):
        SITE.make().verify(solution(token))


def test_every_spelling_of_one_solution_is_the_same_one(payload):
    backend = SITE.make()
    spaced = base64.b64encode(json.dumps(payload, indent=1).encode()).decode()
    slower = encode({**payload, "solution": {**payload["solution"], "time": 12345}})
    more = encode({**payload, "unread": "anything"})
    turned = encode(dict(reversed(payload.items())))
    spellings = [encode(payload), spaced, slower, more, turned, f"!{encode(payload)}", f"{encode(payload)}===="]
    for spelling in spellings:
        backend.verify(solution(spelling))
    assert len(set(spellings)) == len(spellings)
    assert len({backend.identity(solution(spelling)) for spelling in spellings}) == 1
    assert backend.identity(solution(SITE.token(backend))) != backend.identity(solution(encode(payload)))


def test_elsewhere_a_solution_is_known_by_its_token():
    assert VENDORS["turnstile"].make("").identity(solution("a-token")) == "a-token"


@pytest.mark.parametrize("key", ["", "short", "x" * 31])
def test_a_short_key_signs_nothing_takes_nothing_and_is_told_to_the_site(key):
    backend = SITE.make(hmac_key=key)
    unsigned = solve(altcha.create_challenge("SHA-256", 1, counter=1, data={"action": ACTION}).to_dict())
    with pytest.raises(Unavailable, match="hmac_key"):
        backend.challenge(ACTION)
    with pytest.raises(Unavailable, match="hmac_key"):
        backend.verify(solution(unsigned))
    [message] = backend.check()
    assert "fewer than 32" in message.msg
    assert not key or key not in message.msg


@pytest.mark.parametrize("options", [{"cost": 0}, {"tries": 1}, {"tries": 0}])
def test_work_that_is_none_is_told_to_the_site(options):
    [message] = SITE.make(**options).check()
    assert "cost is less" in message.msg


def test_without_the_package_it_is_out_of_order_and_the_site_is_told(monkeypatch):
    token = SITE.token(SITE.make())
    monkeypatch.setitem(sys.modules, "altcha", None)
    with pytest.raises(Unavailable, match="missing"):
        SITE.make().verify(solution(token))
    [message] = SITE.make().check()
    assert "[altcha]" in message.msg


def test_a_page_gets_the_widget_with_its_challenge_so_that_it_fetches_nothing():
    backend = SITE.make(script_url="https://static.example/altcha.js")
    widget = backend.widget(ACTION, "pt-br")
    assert (widget.script, widget.element, widget.is_custom) == (
        "https://static.example/altcha.js",
        "altcha-widget",
        True,
    )
    assert (widget.field, widget.attributes["language"]) == ("altcha", "pt-br")
    assert widget.sources == {"script-src": ("https://static.example",), "worker-src": ("blob:",)}
    assert backend.verify(solution(solve(json.loads(widget.attributes["challenge"])))) is None


def test_a_script_of_this_very_site_is_named_as_such_and_without_one_there_is_no_widget():
    assert SITE.make(script_url="/static/altcha.js").widget(ACTION, "en").sources["script-src"] == ("'self'",)
    assert SITE.make().widget(ACTION, "en") is None
