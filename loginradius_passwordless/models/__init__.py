"""The tables. They decide: a state moves, a try is spent and a token is used only by a conditional UPDATE."""

from .access_token import AccessToken
from .application import Application, ApplicationSecret, NumberMatch
from .attempt import Flow, LoginAttempt, State
from .budget import GuessBudget, SendBudget
from .customer import Customer, Identifier
from .event import Event
from .match import Match
from .message import Message
from .registration import Registration
from .session import Session
from .sott import UsedSOTT
from .template import EmailTemplate, MessageSettings, SMSTemplate
from .token import Purpose, VerificationToken

__all__ = [
    "AccessToken",
    "Application",
    "ApplicationSecret",
    "Customer",
    "EmailTemplate",
    "Event",
    "Flow",
    "GuessBudget",
    "Identifier",
    "LoginAttempt",
    "Match",
    "Message",
    "MessageSettings",
    "NumberMatch",
    "Purpose",
    "Registration",
    "SMSTemplate",
    "SendBudget",
    "Session",
    "State",
    "UsedSOTT",
    "VerificationToken",
]
