"""What happens to an exception that nobody expected: it is reported, and it takes no secret along."""

import logging
import traceback

from django.core.signals import got_request_exception
from django.http import HttpRequest

logger = logging.getLogger(__name__)


def report(error: Exception, request: HttpRequest, where: object) -> None:
    """Tell the site's monitoring and log about a fault of ours.

    As text, without the request and without local variables: both hold codes, tokens and addresses, and
    Django's mails to ADMINS print them.
    """
    got_request_exception.send(sender=type(where), request=request)
    logger.error("%s failed\n%s", type(where).__name__, "".join(traceback.format_exception(error)))
