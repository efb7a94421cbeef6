"""What webhooks tell of, by LoginRadius' own names."""

from enum import StrEnum


class HookName(StrEnum):
    """An event that endpoints can ask for. In the body it stands in small letters."""

    LOGIN = "Login"
    REGISTER = "Register"
    EMAIL_VERIFICATION = "EmailVerification"
    VERIFY_PHONE_NUMBER = "VerifyPhoneNumber"
    RESET_PASSWORD = "ResetPassword"  # noqa: S105 - a name
    UPDATE_PHONE_ID = "UpdatePhoneId"
    REMOVE_PHONE_ID = "RemovePhoneId"
    INVALIDATE_PHONE_VERIFICATION = "InvalidatePhoneVerification"
    BLOCK_ACCOUNT = "BlockAccount"
    DELETE_ACCOUNT = "DeleteAccount"
