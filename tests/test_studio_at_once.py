"""Staff who press at the same moment."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connections
from django.test import Client
from django.urls import reverse

from loginradius_passwordless.models import EmailTemplate, EmailVersion, MessageSettings

pytestmark = pytest.mark.django_db(transaction=True)
KIND = "one_touch_login"
LINK = "#Url#?vtoken=#GUID#"
MAIL = {"kind": KIND, "name": "default", "language": "en", "is_enabled": "on", "subject": "S", "html": "", "note": ""}


def page(name: str, *arguments: Any) -> str:
    return reverse(f"admin:loginradius_passwordless_emailtemplate_{name}", args=arguments)


def at_once(user: Any, address: str, forms: list[dict[str, str]]) -> list[int]:
    def one(form: dict[str, str]) -> int:
        client = Client(raise_request_exception=False)
        client.force_login(user)
        try:
            return client.post(address, form).status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(forms)) as pool:
        return list(pool.map(one, forms))


def test_of_those_who_publish_at_once_one_does(admin_user):
    row = EmailTemplate.objects.put(KIND, subject="S", text=LINK)
    forms = [{**MAIL, "text": f"{n} {LINK}", "after": "1", "instead_of": "1", "_publish": "1"} for n in range(6)]
    codes = at_once(admin_user, page("change", row.pk), forms)
    assert sorted(codes) == [200] * 5 + [302]
    row.refresh_from_db()
    assert (row.latest, row.published) == (2, 2)
    assert EmailVersion.objects.get(number=2).content["text"] == row.text


def test_of_those_who_add_at_once_one_does(admin_user):
    forms = [{**MAIL, "text": f"{n} {LINK}", "_publish": "1"} for n in range(6)]
    codes = at_once(admin_user, page("add"), forms)
    assert sorted(codes) == [200] * 5 + [302]


def test_reset_and_publish_at_once(admin_user):
    row = EmailTemplate.objects.put(KIND, subject="S", text=LINK)
    seen = {**MAIL, "text": f"x {LINK}", "after": "1", "instead_of": "1"}
    codes = at_once(admin_user, page("change", row.pk), [{**seen, "_publish": "1"}, {**seen, "_reset": "1"}] * 2)
    assert max(codes) < 400
    row.refresh_from_db()
    assert row.latest == 2


def test_restoring_at_once(admin_user):
    row = EmailTemplate.objects.put(KIND, subject="S", text=LINK)
    EmailTemplate.objects.put(KIND, subject="S", text=f"2 {LINK}")
    assert set(at_once(admin_user, page("restore", row.pk, 1), [{}] * 5)) == {302}
    row.refresh_from_db()
    assert row.latest == EmailVersion.objects.count()


def test_default_at_once(admin_user):
    row = EmailTemplate.objects.put(KIND, "spring", subject="S", text=LINK)
    assert set(at_once(admin_user, page("change", row.pk), [{"_default": "1"}] * 5)) == {302}
    assert MessageSettings.objects.get().email_default == "spring"


def test_testing_at_once(admin_user, shop, mailbox):
    row = EmailTemplate.objects.put(KIND, subject="S", text=LINK)
    forms = [{**MAIL, "text": LINK, "after": "1", "instead_of": "1", "_try_email": "1"}] * 5
    assert max(at_once(admin_user, page("change", row.pk), forms)) < 400
