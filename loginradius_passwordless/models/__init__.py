"""The tables. They decide: a state moves, a try is spent and a token is used only by a conditional UPDATE."""

from .access_token import AccessToken
from .application import Application, ApplicationSecret, NumberMatch
from .attempt import Flow, LoginAttempt, State
from .budget import GuessBudget, SendBudget
from .captcha import UsedSolution
from .customer import Customer, Identifier
from .email_template import EmailTemplate, EmailVersion
from .event import Event
from .match import Match
from .message import Message
from .message_settings import MessageSettings
from .paused_address import PausedAddress
from .registration import Registration
from .session import Session
from .sms_template import SMSTemplate, SMSVersion
from .sott import UsedSOTT
from .template import Overtaken, listed_pages
from .token import Purpose, VerificationToken
from .webhook import WebhookEndpoint
from .webhook_delivery import WebhookDelivery

__all__ = [
    "AccessToken",
    "Application",
    "ApplicationSecret",
    "Customer",
    "EmailTemplate",
    "EmailVersion",
    "Event",
    "Flow",
    "GuessBudget",
    "Identifier",
    "LoginAttempt",
    "Match",
    "Message",
    "MessageSettings",
    "NumberMatch",
    "Overtaken",
    "PausedAddress",
    "Purpose",
    "Registration",
    "SMSTemplate",
    "SMSVersion",
    "SendBudget",
    "Session",
    "State",
    "UsedSOTT",
    "UsedSolution",
    "VerificationToken",
    "WebhookDelivery",
    "WebhookEndpoint",
    "listed_pages",
]
