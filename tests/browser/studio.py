"""What the tests of the template studio have in common: who works there, the pages, and how they are looked at."""

from collections.abc import Callable
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.urls import reverse
from playwright.sync_api import FrameLocator, Locator, Page

from loginradius_passwordless.models import EmailTemplate, SMSTemplate

KIND = "one_touch_login"
MAY = [
    *(f"{act}_{model}" for act in ("view", "add", "change", "publish", "test") for model in ("emailtemplate", "smstemplate")),
    "view_messagesettings", "change_messagesettings",
]  # fmt: skip
LINK = "#Url#?vtoken=#GUID#"


def new_writer(name: str = "wanda") -> Any:
    """Somebody who may do with texts all that there is to do, and nothing else in the admin."""
    user = get_user_model().objects.create_user(name, email=f"{name}@example.com", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=MAY))
    assert user.user_permissions.count() == len(MAY)
    return user


def written(model: Any = EmailTemplate, language: str = "en", **texts: Any) -> Any:
    """A published template: the shipped text, but for what is said here."""
    shipped = model(kind=KIND, language=language).shipped()
    return model.objects.put(KIND, language=language, note="As shipped", **{**shipped, **texts})


def address(name: str, *arguments: Any, model: Any = EmailTemplate) -> str:
    return reverse(f"admin:loginradius_passwordless_{model._meta.model_name}_{name}", args=arguments)


def kind_address() -> str:
    return reverse("admin:loginradius_passwordless_messagesettings_change", args=[KIND])


def kinds_address() -> str:
    return reverse("admin:loginradius_passwordless_messagesettings_changelist")


def mail_address(language: str = "en") -> str:
    return address("change", written(language=language).pk)


def sms_address() -> str:
    return address("change", written(SMSTemplate).pk, model=SMSTemplate)


def faulty_mail_address() -> str:
    """A mail with an error and a warning, as a row has them that became wrong by a change of the rules."""
    row = written()
    row.versions.update(content={**row.content, "subject": "123456 is it #Nmae#"})
    return address("change", row.pk)


def two_versions() -> Any:
    row = written()
    texts = {**row.content, "subject": "Hello", "text": f"Hello\n\n{LINK}"}
    return EmailTemplate.objects.put(KIND, note="Shorter, as everybody asked", publish=False, **texts)


PAGES: dict[str, Callable[[], str]] = {
    "kinds": lambda: two_versions() and kinds_address(),
    "kind": lambda: two_versions() and kind_address(),
    "mail": mail_address,
    "faulty-mail": faulty_mail_address,
    "new-mail": lambda: f"{address('add')}?kind={KIND}&language=ar",
    "sms": sms_address,
    "versions": lambda: address("history", two_versions().pk),
    "diff": lambda: address("diff", two_versions().pk),
}


def preview(page: Page) -> Locator:
    """What is shown of the text that is typed."""
    return page.locator("#studio-preview")


def mail(page: Page) -> FrameLocator:
    """The HTML part, as its readers see it."""
    return preview(page).frame_locator("iframe")


def notes_at(page: Page, field: str) -> Locator:
    """What stands beside a field."""
    return page.locator(f".field-{field} .studio-field-notes li")


def findings(page: Page) -> Locator:
    """What stands in the list."""
    return preview(page).get_by_role("list", name="What the rules say").get_by_role("listitem")


def version_from(page: Page, number: int) -> Locator:
    return page.get_by_role("radio", name=f"From version {number}", exact=True)


def version_to(page: Page, number: int) -> Locator:
    return page.get_by_role("radio", name=f"To version {number}", exact=True)
