"""Registrations that wait for their code; used SOTTs and CAPTCHAs. Of what somebody typed nothing is shown."""

from django.contrib import admin

from ..models import Registration, UsedSolution, UsedSOTT
from .evidence import EvidenceAdmin


@admin.register(Registration)
class RegistrationAdmin(EvidenceAdmin[Registration]):
    """Who asked to register and has not entered the code yet; found by the number."""

    list_display = ["created_at", "application", "is_contested", "expires_at"]
    fields = ["application", "is_contested", "created_at", "expires_at"]
    list_select_related = ["application"]
    found_by = {"identity": "keys"}


@admin.register(UsedSOTT)
class UsedSOTTAdmin(EvidenceAdmin[UsedSOTT]):
    """SOTTs that have registered somebody, where one is good only once."""

    list_display = ["created_at", "expires_at"]
    fields = ["created_at", "expires_at"]


@admin.register(UsedSolution)
class UsedSolutionAdmin(EvidenceAdmin[UsedSolution]):
    """Solutions of CAPTCHAs that let a message go out."""

    list_display = ["created_at"]
    fields = ["created_at"]
