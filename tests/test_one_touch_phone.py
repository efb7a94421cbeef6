"""One-touch login by phone: a number, a code, signed in."""

import pytest
from django.contrib.auth import get_user_model

from loginradius_passwordless.models import Customer, GuessBudget, Message

from .conftest import code_from, error_code, flush_cache, start_phone

pytestmark = pytest.mark.django_db(transaction=True)
User = get_user_model()
PHONE = "+14155550123"
VERIFY = "auth/onetouchlogin/phone/verify"


def enter(api, code, phone=PHONE, **query):
    return api.put(VERIFY, {"phone": phone}, otp=code, **query)


def wrong(code):
    return code[:-1] + str((int(code[-1]) + 1) % 10)


def test_a_new_person_enters_the_code_from_the_sms_and_is_signed_in(api, sms_outbox):
    answer = api.post("auth/onetouchlogin/phone", {"Phone": PHONE}, isvoiceotp="False").json()
    assert answer["IsPosted"] is True
    assert answer["Data"]["AccountSid"] is None
    assert answer["Data"]["Sid"]
    body = enter(api, code_from(sms_outbox[0])).json()
    assert (body["Profile"]["PhoneId"], body["Profile"]["PhoneIdVerified"]) == (PHONE, True)
    assert body["Profile"]["RegistrationProvider"] == "Phone"
    assert sms_outbox[1].text.startswith("Welcome to Example Shop")


def test_post_answers_like_put_and_says_that_it_was_posted(api, sms_outbox):
    start_phone(api)
    body = api.post(VERIFY, {"phone": PHONE}, otp=code_from(sms_outbox[0])).json()
    assert body["IsPosted"] is True
    assert body["access_token"]


def test_the_sms_ends_with_the_line_that_binds_the_code_to_our_site(api, sms_outbox):
    start_phone(api)
    assert sms_outbox[0].text.splitlines()[-1] == f"@testserver #{code_from(sms_outbox[0])}"


def test_the_code_can_be_said_in_a_call(api, sms_outbox, voice_outbox):
    start_phone(api, isVoiceOtp="true")
    assert not sms_outbox
    assert enter(api, code_from(voice_outbox[0])).status_code == 200


def test_without_a_provider_the_caller_is_told(api, site):
    site(SMS_PROVIDERS={}, VOICE_PROVIDERS={})
    assert error_code(api.post("auth/onetouchlogin/phone", {"phone": PHONE})) == 1071
    assert error_code(api.post("auth/onetouchlogin/phone", {"phone": PHONE}, isvoiceotp="1")) == 1281


def test_a_code_works_once(api, sms_outbox):
    start_phone(api)
    code = code_from(sms_outbox[0])
    assert enter(api, code).status_code == 200
    assert error_code(enter(api, code)) == 1068


def test_a_code_dies_after_five_minutes(api, sms_outbox, later):
    start_phone(api)
    later(seconds=301)
    assert error_code(enter(api, code_from(sms_outbox[0]))) == 1069


def test_five_wrong_guesses_spend_a_code(api, sms_outbox):
    start_phone(api)
    code = code_from(sms_outbox[0])
    assert [error_code(enter(api, wrong(code))) for _ in range(5)] == [1067] * 5
    assert error_code(enter(api, code)) == 1070
    assert not User.objects.exists()


def test_after_ten_wrong_guesses_every_code_is_refused_though_new_ones_were_sent_and_the_cache_was_flushed(
    api, sms_outbox, site
):
    site(RESEND_GAP=0, SENDS_PER_TEN_MINUTES=99, SENDS_PER_DAY=99, FAILURES_PER_MINUTE_PER_ADDRESS=99)
    codes = []
    for _ in range(30):
        start_phone(api)
        codes += [error_code(enter(api, wrong(code_from(sms_outbox[-1])))) for _ in range(5)]
        flush_cache()
    assert codes[:10] == [1067] * 10
    assert set(codes[10:]) == {1198}
    answer = enter(api, code_from(sms_outbox[-1]))
    assert error_code(answer) == 1198
    assert answer.json()["Data"]["LoginLockedTimeout"]


def test_the_lock_lasts_a_minute_and_doubles_to_a_quarter_of_an_hour(api, sms_outbox, site, later):
    site(RESEND_GAP=0, SENDS_PER_TEN_MINUTES=99, SENDS_PER_DAY=99, FAILURES_PER_MINUTE_PER_ADDRESS=99, ATTEMPT_TRIES=10)
    start_phone(api)
    for _ in range(10):
        enter(api, wrong(code_from(sms_outbox[-1])))
    for minutes in (1, 2, 4, 8, 15, 15):
        later(seconds=minutes * 60 - 5)
        start_phone(api)
        code = code_from(sms_outbox[-1])
        assert error_code(enter(api, code)) == 1198
        later(seconds=6)
        assert error_code(enter(api, wrong(code))) == 1067
    later(minutes=16)
    start_phone(api)
    assert enter(api, code_from(sms_outbox[-1])).status_code == 200
    assert GuessBudget.objects.get().failures == 0


def test_a_new_day_forgives(api, sms_outbox, site, later):
    site(RESEND_GAP=0, FAILURES_PER_MINUTE_PER_ADDRESS=99, ATTEMPT_TRIES=10)
    start_phone(api)
    for _ in range(10):
        enter(api, wrong(code_from(sms_outbox[-1])))
    later(hours=24, seconds=1)
    start_phone(api)
    assert error_code(enter(api, wrong(code_from(sms_outbox[-1])))) == 1067
    assert enter(api, code_from(sms_outbox[-1])).status_code == 200


def test_the_first_of_three_codes_still_works_and_one_guess_is_spent_for_all(api, sms_outbox, site):
    site(RESEND_GAP=0)
    for _ in range(3):
        start_phone(api)
    assert error_code(enter(api, wrong(code_from(sms_outbox[0])))) == 1067
    assert GuessBudget.objects.get().failures == 1
    assert enter(api, code_from(sms_outbox[0])).status_code == 200


def test_a_code_signs_in_only_the_phone_and_the_application_it_was_sent_for(api, api_of, bank, sms_outbox):
    start_phone(api)
    start_phone(api, "+14155550124")
    start_phone(api_of(bank), "+14155550125")
    of_a, of_b, of_bank = [code_from(sms) for sms in sms_outbox]
    assert error_code(enter(api, of_a, "+14155550124")) == 1067
    assert error_code(enter(api, of_b)) == 1067
    assert error_code(enter(api, of_bank, "+14155550125")) == 1067
    assert error_code(enter(api_of(bank), of_a)) == 1067
    assert enter(api, of_a).json()["Profile"]["PhoneId"] == PHONE
    assert enter(api, of_b, "+14155550124").json()["Profile"]["PhoneId"] == "+14155550124"


@pytest.mark.parametrize(
    "spelling",
    [
        "+1 415 555 0123",
        " 14155550123",
        "+1 (415) 555-0123",
        "+1.415.555.0123",
        "+1-415-555-0123",
        "+1 4155550123 ",
        "+1 415/5550123",
    ],
)
def test_every_spelling_of_a_number_is_the_same_number(api, sms_outbox, spelling):
    start_phone(api, spelling)
    assert sms_outbox[0].to == PHONE
    assert enter(api, code_from(sms_outbox[0])).status_code == 200


@pytest.mark.parametrize(
    "phone",
    ["4155550123", "+1", "+1234567890", "+19005551234", "+448443351801", "+18005551234", "+1415555012", "+1 415 555 01234", "+１４１５５５５０１２３",
     "+14155550123;ext=5", "+14155550123,,1", "tel:+14155550123", "+1415555O123", "\u202e+14155550123", "++14155550123", "+4930123456", "x" * 60,
     ["+14155550123"], {"a": 1}, True, 14155550123],
)  # fmt: skip
def test_a_number_we_may_not_use_is_refused(api, sms_outbox, phone):
    assert error_code(api.post("auth/onetouchlogin/phone", {"phone": phone})) in {1096, 908}
    assert not sms_outbox


def test_a_fixed_line_can_be_called_but_not_texted(api, voice_outbox, sms_outbox):
    assert error_code(api.post("auth/onetouchlogin/phone", {"phone": "+4930123456"})) == 1096
    start_phone(api, "+4930123456", isvoiceotp="true")
    assert enter(api, code_from(voice_outbox[0]), "+4930123456").status_code == 200
    assert not sms_outbox, "nobody is welcomed by a text to a fixed line"


def test_a_country_that_is_not_on_the_list_gets_no_sms(api, sms_outbox, site):
    site(SMS_COUNTRIES=["DE"])
    assert error_code(api.post("auth/onetouchlogin/phone", {"phone": PHONE})) == 1096
    start_phone(api, "+4915112345678")


def test_a_missing_number_and_a_missing_code_have_their_own_codes(api):
    assert error_code(api.post("auth/onetouchlogin/phone", {})) == 1076
    assert error_code(api.put(VERIFY, {"phone": PHONE})) == 908
    assert error_code(api.put(VERIFY, {"phone": ""}, otp="123456")) == 1076


@pytest.mark.parametrize(
    "code",
    [
        "12345",
        "1234567",
        "１２３４５６",
        " 12 34",
        "12 34 56",
        "abcdef",
        "-12345",
        "000000x",
        "\u0661\u0662\u0663\u0664\u0665\u0666",
    ],
)
def test_what_cannot_be_a_code_is_a_wrong_code(api, sms_outbox, code):
    start_phone(api)
    assert error_code(enter(api, code)) == 1067


@pytest.mark.parametrize("code", [[], {}, True, 1, 1e9, ["123456"]])
def test_a_code_of_another_type_is_a_wrong_code(api, sms_outbox, code):
    start_phone(api)
    answer = api.put(VERIFY, {"phone": PHONE, "otp": code})
    assert error_code(answer) in {1067, 908}


def test_a_code_may_come_in_the_body_where_no_log_sees_it(api, sms_outbox):
    start_phone(api)
    assert api.put(VERIFY, {"phone": PHONE, "otp": code_from(sms_outbox[0])}).status_code == 200


def test_phone_login_and_one_touch_login_can_be_switched_off(api, shop, sms_outbox):
    start_phone(api)
    for flag, code in [("phone_login", 1074), ("one_touch_login", 1146)]:
        setattr(shop, flag, False)
        shop.save()
        assert error_code(api.post("auth/onetouchlogin/phone", {"phone": PHONE})) == code
        assert error_code(enter(api, code_from(sms_outbox[0]))) == code
        setattr(shop, flag, True)


@pytest.mark.parametrize(("change", "code"), [({"is_blocked": True}, 991), ({"is_login_disabled": True}, 1130)])
def test_a_closed_account_is_not_let_in_by_a_code_it_already_has(api, sms_outbox, site, change, code):
    site(RESEND_GAP=0)
    start_phone(api)
    enter(api, code_from(sms_outbox[0]))
    start_phone(api)
    Customer.objects.update(**change)
    assert error_code(enter(api, code_from(sms_outbox[-1]))) == code


def test_a_decoy_is_answered_like_a_code_that_was_sent(api, api_of, shop, bank, sms_outbox):
    shop.registration = False
    shop.save()
    decoy = api.post("auth/onetouchlogin/phone", {"phone": PHONE}).json()
    real = api_of(bank).post("auth/onetouchlogin/phone", {"phone": "+14155550124"}).json()
    assert {len(answer["Data"]["Sid"]) for answer in (decoy, real)} == {32}
    assert [sms.to for sms in sms_outbox] == ["+14155550124"]
    guess = wrong(code_from(sms_outbox[0]))
    of_decoy = [error_code(enter(api, guess)) for _ in range(6)]
    flush_cache()
    of_real = [error_code(enter(api_of(bank), guess, "+14155550124")) for _ in range(6)]
    assert of_decoy == of_real == [1067] * 5 + [1070]


def test_no_guess_at_a_decoy_is_ever_right(api, shop, sms_outbox, site, monkeypatch):
    shop.registration = False
    shop.save()
    monkeypatch.setattr("loginradius_passwordless.crypto.new_code", lambda length, alphabet: "123456")
    start_phone(api)
    assert error_code(enter(api, "123456")) == 1067
    assert not Message.objects.exclude(state="decoy").exists()


def test_a_code_of_letters_may_be_typed_in_small_ones(api, sms_outbox, site):
    site(CODE_ALPHABET="BCDFGHJKLMNPQRSTVWXZ")
    start_phone(api)
    code = sms_outbox[0].text[:6]
    assert code.isalpha()
    assert enter(api, code.lower()).status_code == 200


def test_codes_keep_their_leading_zeros_and_their_length(api, sms_outbox, site):
    site(CODE_LENGTH=8)
    start_phone(api)
    assert len(code_from(sms_outbox[0])) == 8
    assert enter(api, code_from(sms_outbox[0])).status_code == 200


def test_where_no_texts_are_sent_nobody_is_welcomed_by_one(api, voice_outbox, site):
    site(SMS_PROVIDERS={})
    start_phone(api, isvoiceotp="true")
    assert enter(api, code_from(voice_outbox[0])).status_code == 200
    assert Message.objects.count() == 1
