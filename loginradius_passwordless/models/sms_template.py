"""What SMS and calls say."""

from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from .. import catalog
from ..catalog import MessageChannel
from .template import Template, TemplateQuerySet
from .version import Version


class SMSTemplate(Template):
    """The text of an SMS, and of the call that says the same."""

    channel = MessageChannel.SMS
    parts = ("text", "voice_text", "voice_language", "voice_repeat")
    texts = ("text", "voice_text")

    text = models.TextField(_("SMS text"), blank=True)
    voice_text = models.TextField(_("text of the call"), blank=True, help_text=_("Empty: the shipped text is said."))
    voice_language = models.CharField(
        _("language of the voice"), max_length=16, blank=True,
        help_text=_("Such as en-GB. Empty: the language of the template."),
    )  # fmt: skip
    voice_repeat = models.PositiveSmallIntegerField(
        _("said so many times"), default=1, validators=[MinValueValidator(1), MaxValueValidator(5)]
    )

    objects = TemplateQuerySet["SMSTemplate"].as_manager()

    class Meta:
        verbose_name = _("SMS template")
        verbose_name_plural = _("SMS templates")
        constraints = [models.UniqueConstraint(fields=["kind", "name", "language"], name="lrp_one_sms_template")]
        permissions = [
            ("publish_smstemplate", "Can publish SMS templates"),
            ("test_smstemplate", "Can send SMS templates to themselves"),
        ]

    def shipped(self) -> dict[str, Any]:
        if (self.kind, self.channel) not in catalog.MESSAGES:
            return self.nothing()
        text = catalog.shipped(self.kind, self.channel, self.language).text
        says = (self.kind, MessageChannel.VOICE) in catalog.MESSAGES
        voice = catalog.shipped(self.kind, MessageChannel.VOICE, self.language).text if says else ""
        return {**self.nothing(), "text": text, "voice_text": voice}


class SMSVersion(Version):
    """A version of an SMS template."""

    template = models.ForeignKey(SMSTemplate, models.CASCADE, related_name="versions")

    class Meta(Version.Meta):
        verbose_name = _("version of an SMS template")
        verbose_name_plural = _("versions of SMS templates")
        constraints = [models.UniqueConstraint(fields=["template", "number"], name="lrp_sms_version")]
