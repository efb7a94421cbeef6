"""Google, hCaptcha and Cloudflare: what they are asked, what their verdicts mean, what a page needs."""

import json

import pytest

from loginradius_passwordless.backends.captcha import hcaptcha, recaptcha, turnstile
from loginradius_passwordless.backends.captcha.base import Rejected, Unavailable
from loginradius_passwordless.backends.captcha.siteverify import tag_of

from . import captcha_vendors as vendors
from .captcha_vendors import ACTION, HOST, SECRET, SITE_KEY, SITE_VERIFY, TOKEN, VENDORS, always, serve, solution, stamp

every_name = pytest.mark.parametrize("name", SITE_VERIFY)
SCORE = VENDORS["recaptcha score"]


def verify(httpserver, name, **changed):
    """Have a vendor tell a verdict with something changed; None takes it away."""
    vendor = VENDORS[name]
    told = {key: value for key, value in vendor.verdict(**changed).items() if value is not None}
    return always(httpserver, vendor, told).verify(solution())


@every_name
def test_a_vendor_is_asked_as_it_documents(httpserver, name):
    serve(httpserver, VENDORS[name]).verify(solution())
    [(request, _response)] = httpserver.log
    expected = {"secret": SECRET, "response": TOKEN, "remoteip": vendors.ADDRESS}
    assert request.method == "POST"
    assert request.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert not request.args
    assert request.form.to_dict(flat=False) == {
        field: [value] for field, value in (expected | ({"sitekey": SITE_KEY} if name == "hcaptcha" else {})).items()
    }


@every_name
def test_an_address_that_nobody_knows_is_not_sent(httpserver, name):
    serve(httpserver, VENDORS[name]).verify(solution(address=None))
    assert "remoteip" not in httpserver.log[0][0].form


@pytest.mark.parametrize(
    ("backend", "address"),
    [
        (recaptcha.CaptchaBackend(), "https://www.google.com/recaptcha/api/siteverify"),
        (recaptcha.ScoreCaptchaBackend(), "https://www.google.com/recaptcha/api/siteverify"),
        (recaptcha.CaptchaBackend(base_url="https://www.recaptcha.net/recaptcha/"), "https://www.recaptcha.net/recaptcha/api/siteverify"),
        (hcaptcha.CaptchaBackend(), "https://api.hcaptcha.com/siteverify"),
        (turnstile.CaptchaBackend(), "https://challenges.cloudflare.com/turnstile/v0/siteverify"),
    ],
)  # fmt: skip
def test_the_addresses_are_the_documented_ones(backend, address):
    assert backend.verify_url == address


OURS = ["missing-input-secret", "invalid-input-secret", "bad-request", "internal-error"]
OF_THE_TOKEN = [
    "missing-input-response", "invalid-input-response", "timeout-or-duplicate", "expired-input-response", "already-seen-response",
    "invalid-or-already-seen-response", "not-using-dummy-passcode", "sitekey-secret-mismatch", "browser-error", "what-comes-next-year",
]  # fmt: skip


@every_name
@pytest.mark.parametrize("code", OURS)
@pytest.mark.parametrize("status", [200, 400])
def test_a_fault_of_ours_is_an_outage_and_staff_read_which(httpserver, name, code, status):
    body = {"success": False, "error-codes": [code, "invalid-input-response"]}
    with pytest.raises(Unavailable, match=code):
        always(httpserver, VENDORS[name], body, status).verify(solution())


@pytest.mark.parametrize("code", ["missing-remoteip", "invalid-remoteip"])
def test_hcaptcha_complains_of_the_address_we_send_not_of_the_person(httpserver, code):
    with pytest.raises(Unavailable, match=code):
        verify(httpserver, "hcaptcha", success=False, **{"error-codes": [code]})


@every_name
@pytest.mark.parametrize("code", OF_THE_TOKEN)
@pytest.mark.parametrize("status", [200, 400])
def test_what_a_foreign_token_can_cause_is_a_rejection_with_any_status(httpserver, name, code, status):
    body = {"success": False, "error-codes": [code]}
    with pytest.raises(Rejected, match=code):
        always(httpserver, VENDORS[name], body, status).verify(solution())


@every_name
@pytest.mark.parametrize("codes", [None, [], [1, None, ["x"], {}, "a code; of\nsomebody"]])
def test_a_refusal_without_words_that_can_be_shown_is_a_rejection(httpserver, name, codes):
    with pytest.raises(Rejected, match=r"no reason given|unreadable"):
        verify(httpserver, name, success=False, **{"error-codes": codes})


@every_name
@pytest.mark.parametrize("codes", [["Over free quota"], ["internal-error"], [1]])
def test_a_success_beside_an_error_is_an_outage_as_when_google_passes_all_over_its_quota(httpserver, name, codes):
    with pytest.raises(Unavailable, match="passed, but with errors"):
        verify(httpserver, name, **{"error-codes": codes})


@every_name
@pytest.mark.parametrize("hostname", [None, "", "evil.example", f"{HOST}.", f"x.{HOST}", 1, [HOST], {"a": HOST}, True])
def test_a_verdict_that_names_another_host_or_none_is_rejected(httpserver, name, hostname):
    with pytest.raises(Rejected, match="another site"):
        verify(httpserver, name, hostname=hostname)


@every_name
def test_hosts_are_compared_without_case_and_the_options_add_some(httpserver, name):
    assert verify(httpserver, name, hostname="Shop.Example") is None
    httpserver.clear()
    backend = always(httpserver, VENDORS[name], VENDORS[name].verdict(hostname="app.example"), hosts=["app.example"])
    assert backend.verify(solution()) is None
    assert VENDORS[name].make("", hosts="app.example").hosts == {"app.example"}


@every_name
def test_where_nobody_names_a_host_none_is_compared(httpserver, name):
    backend = always(httpserver, VENDORS[name], VENDORS[name].verdict(hostname="anywhere.example"))
    assert backend.verify(solution(hosts=frozenset())) is None


def test_hcaptcha_may_name_no_host_under_load_for_it_compared_the_site_key(httpserver):
    assert verify(httpserver, "hcaptcha", hostname="not-provided") is None


@pytest.mark.parametrize("name", [name for name in SITE_VERIFY if name != "hcaptcha"])
def test_nobody_else_may_name_no_host(httpserver, name):
    with pytest.raises(Rejected, match="another site"):
        verify(httpserver, name, hostname="not-provided")


@every_name
@pytest.mark.parametrize("age", [301, 3600, 10**9, -90, -3600])
def test_what_was_solved_long_ago_or_will_be_is_rejected(httpserver, name, age):
    with pytest.raises(Rejected, match="seconds ago"):
        verify(httpserver, name, challenge_ts=stamp(age))


@every_name
@pytest.mark.parametrize("age", [0, 290, -50])
def test_what_was_solved_within_five_minutes_passes_and_clocks_may_differ_by_one(httpserver, name, age):
    assert verify(httpserver, name, challenge_ts=stamp(age)) is None


@every_name
def test_times_are_read_in_every_way_that_vendors_write_them(httpserver, name):
    for written in (
        stamp().replace("Z", ".123Z"),
        stamp().replace("Z", "+00:00"),
        stamp().replace("Z", "+0000"),
        stamp()[:-1],
        None,
    ):
        assert verify(httpserver, name, challenge_ts=written) is None
        httpserver.clear()


@every_name
@pytest.mark.parametrize("told", ["", "now", 1, True, [], {}, "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59"])
def test_a_time_that_cannot_be_is_rejected(httpserver, name, told):
    with pytest.raises(Rejected):
        verify(httpserver, name, challenge_ts=told)


@pytest.mark.parametrize("name", ["recaptcha score", "turnstile"])
@pytest.mark.parametrize("action", [None, "", "login", ACTION.upper(), 1, [ACTION], True])
def test_a_verdict_for_another_action_or_for_none_is_rejected(httpserver, name, action):
    with pytest.raises(Rejected, match="something else"):
        verify(httpserver, name, action=action)


@pytest.mark.parametrize("name", ["recaptcha score", "turnstile"])
def test_where_nobody_names_an_action_none_is_compared(httpserver, name):
    assert serve(httpserver, VENDORS[name]).verify(solution(action="")) is None


@pytest.mark.parametrize(
    "score", [0.4999, 0, 0.0, -1, 1.1, 10, True, "0.9", None, [], [0.9], {}, float("nan"), float("inf"), 10**400]
)
def test_a_score_that_is_low_or_none_is_rejected(httpserver, score):
    with pytest.raises(Rejected, match="score"):
        verify(httpserver, "recaptcha score", score=score)


@pytest.mark.parametrize("score", [0.5, 0.7, 1, 1.0])
def test_a_score_that_is_high_enough_passes(httpserver, score):
    assert verify(httpserver, "recaptcha score", score=score) is None


def test_the_site_says_how_high_a_score_has_to_be(httpserver):
    with pytest.raises(Rejected, match=r"0\.9"):
        always(httpserver, SCORE, SCORE.verdict(), least_score=0.95).verify(solution())


def test_keys_of_version_3_are_an_outage_with_the_backend_of_version_2_which_reads_no_score(httpserver):
    with pytest.raises(Unavailable, match="ScoreCaptchaBackend"):
        verify(httpserver, "recaptcha", score=0.1)


TEST_KEYS = [
    (recaptcha.CaptchaBackend, "6LeIxAcTAAAAAJcZVRqyHh71UMIEGNQ_MXjiZKhI", "6LeIxAcTAAAAAGG-vFI1TnRWxMZNFuojJ4WifJWe"),
    (recaptcha.ScoreCaptchaBackend, "a-real-one", "6LeIxAcTAAAAAGG-vFI1TnRWxMZNFuojJ4WifJWe"),
    (hcaptcha.CaptchaBackend, "10000000-ffff-ffff-ffff-000000000001", "0x0000000000000000000000000000000000000000"),
    (hcaptcha.CaptchaBackend, "20000000-ffff-ffff-ffff-000000000002", "a-real-one"),
    (turnstile.CaptchaBackend, "1x00000000000000000000AA", "1x0000000000000000000000000000000AA"),
    (turnstile.CaptchaBackend, "3x00000000000000000000FF", "a-real-one"),
]


@pytest.mark.parametrize(("backend", "site_key", "secret"), TEST_KEYS)
def test_the_vendors_test_keys_are_refused_outside_of_development(settings, backend, site_key, secret):
    made = backend(site_key=site_key, secret=secret)
    [message] = made.check()
    assert (message.id, "published for tests" in message.msg) == ("loginradius_passwordless.E013", True)
    assert secret not in str(message)
    settings.DEBUG = True
    assert list(made.check()) == []


def test_an_address_in_clear_is_refused():
    [message] = recaptcha.CaptchaBackend(site_key="a", secret="b", base_url="http://proxy.example").check()
    assert "https://" in message.msg


@pytest.mark.parametrize("least", [0, -1, 1.5, True, "0.5", None, float("nan")])
def test_a_score_that_means_nothing_is_refused(least):
    made = recaptcha.ScoreCaptchaBackend(site_key="a", secret="b", least_score=least)
    [message] = made.check()
    assert "least_score" in message.msg


def test_a_page_gets_what_the_vendors_document():
    google = VENDORS["recaptcha"].make("").widget(ACTION, "pt-br")
    assert google.script == "https://www.google.com/recaptcha/api.js?hl=pt-BR"
    assert (google.element, google.field, google.attributes) == (
        "g-recaptcha",
        "g-recaptcha-response",
        {"data-sitekey": SITE_KEY},
    )
    assert google.sources == {
        "script-src": ("https://www.google.com/recaptcha/", "https://www.gstatic.com/recaptcha/"),
        "frame-src": ("https://www.google.com/recaptcha/", "https://recaptcha.google.com/recaptcha/"),
    }
    hidden = VENDORS["hcaptcha"].make("").widget(ACTION, "zh-hans")
    assert hidden.script == "https://js.hcaptcha.com/1/api.js?hl=zh-CN"
    assert (hidden.element, hidden.field, hidden.attributes) == (
        "h-captcha",
        "h-captcha-response",
        {"data-sitekey": SITE_KEY},
    )
    assert set(hidden.sources) == {"script-src", "frame-src", "style-src", "connect-src"}
    assert set(hidden.sources.values()) == {("https://hcaptcha.com", "https://*.hcaptcha.com")}
    cloudflare = VENDORS["turnstile"].make("").widget(ACTION, "de")
    assert cloudflare.script == "https://challenges.cloudflare.com/turnstile/v0/api.js"
    assert (cloudflare.element, cloudflare.field) == ("cf-turnstile", "cf-turnstile-response")
    assert cloudflare.attributes == {
        "data-sitekey": SITE_KEY,
        "data-language": "de",
        "data-theme": "auto",
        "data-action": ACTION,
    }
    assert set(cloudflare.sources.values()) == {("https://challenges.cloudflare.com",)}
    assert "data-action" not in VENDORS["turnstile"].make("").widget("", "de").attributes
    assert not any(widget.is_custom for widget in (google, hidden, cloudflare))


def test_a_page_in_china_gets_the_addresses_that_are_reached_there():
    widget = recaptcha.CaptchaBackend(base_url="https://www.recaptcha.net/recaptcha").widget("", "zh-hans")
    assert widget.script == "https://www.recaptcha.net/recaptcha/api.js?hl=zh-CN"
    assert "google.com" not in json.dumps(widget.sources)
    assert "https://www.gstatic.cn/recaptcha/" in widget.sources["script-src"]


def test_a_score_is_asked_for_when_the_form_is_sent_and_never_by_a_checkbox():
    widget = SCORE.make("").widget(ACTION, "pt-br")
    assert widget.script == f"https://www.google.com/recaptcha/api.js?render={SITE_KEY}&hl=pt-BR"
    assert (widget.field, widget.attributes) == (
        "g-recaptcha-response",
        {"data-sitekey": SITE_KEY, "data-action": ACTION},
    )
    assert widget.element != "g-recaptcha"
    assert widget.sources == VENDORS["recaptcha"].make("").widget(ACTION, "pt-br").sources
    assert "grecaptcha.execute" in widget.on_submit


@pytest.mark.parametrize(("language", "tag"), [("de", "de"), ("pt-br", "pt-BR"), ("zh-hant", "zh-TW"), ("ZH-Hans", "zh-CN"), ("EN-gb", "en-GB"), ("", "")])  # fmt: skip
def test_languages_are_written_as_the_vendors_write_them(language, tag):
    assert tag_of(language) == tag
