"""Whose account an identity opens: looked up before the proof, opened only after it."""

from .lookup import Known, Login, find, look_up, with_password
from .proof import Proof, give, prove

__all__ = ["Known", "Login", "Proof", "find", "give", "look_up", "prove", "with_password"]
