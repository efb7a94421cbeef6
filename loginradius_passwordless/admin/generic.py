"""Django's admin classes, subscriptable at run time as they are for the type checker; unfold's, where a site has it."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.apps import apps
from django.contrib import admin

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin, TabularInline
    from django.forms import ModelForm
else:
    if apps.is_installed("unfold"):
        from unfold import admin as bases
    else:
        bases = admin

    class Subscriptable:
        """Answers a subscription with the class itself, which is all that a type checker's notation needs."""

        def __class_getitem__(cls, _model: Any) -> type:
            return cls

    class ModelAdmin(Subscriptable, bases.ModelAdmin):
        """``admin.ModelAdmin`` of one model."""

    class TabularInline(Subscriptable, bases.TabularInline):
        """``admin.TabularInline`` of one model in the page of another."""

    class ModelForm(Subscriptable, forms.ModelForm):
        """``forms.ModelForm`` of one model."""


__all__ = ["ModelAdmin", "ModelForm", "TabularInline"]
