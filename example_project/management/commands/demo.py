"""Prepares the demo: its application, a customer, a staff user, and a few words about where to look."""

from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand
from django.urls import reverse

from loginradius_passwordless.identifiers import parse_email, parse_phone
from loginradius_passwordless.models import Application, Customer, Identifier

PAGES = [
    ("home", "what there is to try"),
    ("tv", "sign in on a TV, with a link by e-mail"),
    ("loginradius_passwordless:sign-in", "sign in with a code, or the link beside it"),
    ("phone", "sign in with a phone number, new or not"),
    ("loginradius_passwordless:register", "make an account with a phone and a password"),
    ("loginradius_passwordless:account", "change or remove the phone, delete the account"),
    ("inbox", "every e-mail, SMS and call that was sent"),
    ("admin:index", "customers, what messages say, why one did not come"),
]


class Command(BaseCommand):
    help = "Make what the demo needs, unless it is there, and say where the demo is."

    def handle(self, *args: Any, **options: Any) -> None:
        Application.objects.get_or_create(api_key=settings.DEMO_API_KEY, defaults={"name": "Example Shop"})
        self.stdout.write("\nThe demo is ready:\n\n")
        for name, purpose in PAGES:
            self.stdout.write(f"  {settings.PUBLIC_URL.rstrip('/')}{reverse(name):<20}{purpose}")
        self.stdout.write(f"\nAPI key:  {settings.DEMO_API_KEY}")
        self.stdout.write(f"Customer: {self._customer()}")
        self.stdout.write(f"Staff:    {self._staff()}\n\n")

    def _customer(self) -> str:
        """Make a customer with an address and a number, and say who it is; a site that is not in DEBUG gets none."""
        if not settings.DEBUG:
            return "none, as DEBUG is off"
        name, email, phone, password = (
            settings.DEMO_CUSTOMER[known] for known in ("name", "email", "phone", "password")
        )
        user, is_new = get_user_model().objects.get_or_create(username=name, defaults={"email": email})
        if is_new:
            user.set_password(password)
            user.save()
            customer = Customer.objects.create(user=user, registered_by="email")
            for identity in (parse_email(email), parse_phone(phone)):
                Identifier.objects.add_proven(customer, identity)
        return f"{name}, {email}, {phone}, with the password {password}"

    def _staff(self) -> str:
        """Make the staff user and say how to be it; a site that is not in DEBUG gets no known password."""
        name, password = settings.DEMO_STAFF_NAME, settings.DEMO_STAFF_PASSWORD
        users = get_user_model()._default_manager
        if not settings.DEBUG:
            users.filter(username=name).update(is_active=False)
            return "none, as DEBUG is off; manage.py createsuperuser makes one"
        if not users.filter(username=name).exists():
            get_user_model().objects.create_superuser(name, email=settings.DEMO_STAFF_EMAIL, password=password)
        return f"{name}, with the password {password}"
