"""The pages around the login: home, the TV, the inbox, the account."""

from typing import Any

from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from .inbox import newest


def demo(request: HttpRequest) -> dict[str, Any]:
    """What every template may ask: whether there is an inbox page to link to."""
    return {"has_inbox": has_inbox()}


def has_inbox() -> bool:
    """Tell whether the inbox may be seen. It shows everybody's codes, so a real site has none."""
    return settings.DEBUG or settings.DEMO


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Say what there is to try."""
    staff = (settings.DEMO_STAFF_NAME, settings.DEMO_STAFF_PASSWORD) if settings.DEBUG else None
    customer = settings.DEMO_CUSTOMER if settings.DEBUG else None
    return render(request, "example_project/home.html", {"staff": staff, "demo_customer": customer})


@require_safe
def tv(request: HttpRequest) -> HttpResponse:
    """A device that waits. Its script is a client of the API and uses nothing that other clients have not."""
    return render(request, "example_project/tv.html", {"api_key": settings.DEMO_API_KEY})


@never_cache
@require_safe
def inbox(request: HttpRequest) -> HttpResponse:
    """Show what was sent, newest first."""
    if not has_inbox():
        raise Http404
    return render(request, "example_project/inbox.html", {"received": newest()})


@never_cache
@login_required
@require_safe
def account(request: HttpRequest) -> HttpResponse:
    """Show what the site knows about who is signed in; staff who came by password are no customers."""
    customer = getattr(request.user, "passwordless_customer", None)
    if customer and customer.is_blocked:  # tokens stop by themselves; a session of the site's own is the site's to end
        logout(request)
        return redirect(settings.LOGIN_URL)
    identifiers = customer.identifiers.order_by("pk") if customer else []
    return render(request, "example_project/account.html", {"customer": customer, "identifiers": identifiers})
