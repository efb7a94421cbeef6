"""The forms in which staff write: what is refused, and whether somebody else was faster."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..models.template import Template
from .generic import ModelForm


class TemplateForm(ModelForm[Any]):
    """A text, why it was changed, and which version it was made of."""

    note = forms.CharField(
        label=gettext_lazy("Note"), max_length=200, required=False,
        help_text=gettext_lazy("Why, for whoever reads the versions later."),
    )  # fmt: skip
    after = forms.IntegerField(widget=forms.HiddenInput, required=False)
    instead_of = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["after"].initial = self.instance.latest
        self.fields["instead_of"].initial = self.instance.published
        for name in ("subject", "text", "html", "voice_text"):
            if name in self.fields:
                self.fields[name].widget.attrs |= {"dir": "auto"}

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if self.instance.pk:
            self._check_nobody_was_faster(data)
        else:  # a new one was made of nothing, whatever the browser says
            data["after"], data["instead_of"] = 0, None
        data["after"] = data.get("after") or 0
        return data

    def _check_nobody_was_faster(self, data: dict[str, Any]) -> None:
        """Refuse to save over a version that this person has not seen; keep what they typed.

        The row is held until the transaction of the form ends, so what is true here is true when it is written.
        """
        model: type[Template] = type(self.instance)
        row = model._default_manager.select_for_update().get(pk=self.instance.pk)
        if row.latest == data.get("after") and row.published == data.get("instead_of"):
            return
        newest = row.version(row.latest)
        published = "" if row.published is None else str(row.published)
        typed: Any = self.data.copy()  # type: ignore[attr-defined]  # a QueryDict
        typed["after"], typed["instead_of"] = str(row.latest), published
        self.data = typed  # pressing the button once more is then meant
        raise ValidationError(
            _(
                "%(who)s has saved or published version %(number)s while you were writing. Your text is below and not "
                "lost. Look at the versions; saving again puts yours on top."
            )
            % {"who": (newest and newest.author_name) or _("Somebody"), "number": row.latest}
        )
