"""What e-mails say."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from .. import catalog
from ..catalog import MessageChannel, linting
from .template import Template, TemplateQuerySet
from .version import Version


class EmailTemplate(Template):
    """The text of an e-mail."""

    channel = MessageChannel.EMAIL
    parts = ("subject", "text", "html", "from_name", "from_email")
    texts = ("subject", "text", "html")

    subject = models.CharField(_("subject"), max_length=linting.MAX_SUBJECT, blank=True)
    text = models.TextField(_("text part"), blank=True)
    html = models.TextField(_("HTML part"), blank=True)
    from_name = models.CharField(_("sender's name"), max_length=80, blank=True)
    from_email = models.EmailField(_("sender's address"), blank=True)

    objects = TemplateQuerySet["EmailTemplate"].as_manager()

    class Meta:
        verbose_name = _("e-mail template")
        verbose_name_plural = _("e-mail templates")
        constraints = [models.UniqueConstraint(fields=["kind", "name", "language"], name="lrp_one_email_template")]
        permissions = [
            ("publish_emailtemplate", "Can publish e-mail templates"),
            ("test_emailtemplate", "Can send e-mail templates to themselves"),
        ]

    def shipped(self) -> dict[str, Any]:
        if (self.kind, self.channel) not in catalog.MESSAGES:
            return self.nothing()
        text = catalog.shipped(self.kind, self.channel, self.language)
        return {**self.nothing(), "subject": text.subject, "text": text.text, "html": text.html}


class EmailVersion(Version):
    """A version of an e-mail template."""

    template = models.ForeignKey(EmailTemplate, models.CASCADE, related_name="versions")

    class Meta(Version.Meta):
        verbose_name = _("version of an e-mail template")
        verbose_name_plural = _("versions of e-mail templates")
        constraints = [models.UniqueConstraint(fields=["template", "number"], name="lrp_email_version")]
