"""Django's admin classes, subscriptable at run time as they are for the type checker."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin, TabularInline
    from django.forms import ModelForm
else:

    class Subscriptable:
        """Answers a subscription with the class itself, which is all that a type checker's notation needs."""

        def __class_getitem__(cls, _model: Any) -> type:
            return cls

    class ModelAdmin(Subscriptable, admin.ModelAdmin):
        """``admin.ModelAdmin`` of one model."""

    class TabularInline(Subscriptable, admin.TabularInline):
        """``admin.TabularInline`` of one model in the page of another."""

    class ModelForm(Subscriptable, forms.ModelForm):
        """``forms.ModelForm`` of one model."""


__all__ = ["ModelAdmin", "ModelForm", "TabularInline"]
