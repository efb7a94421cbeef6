"""Takes what a test put into a set, for tests and development."""

from . import base

solved: set[str] = set()
is_out_of_order = False


class CaptchaBackend(base.BaseCaptchaBackend):
    """For tests: put tokens into ``solved``, set ``is_out_of_order`` for an outage, and undo both between tests."""

    for_development = True
    parameter = "grecaptcharesponse"

    def verify(self, solution: base.Solution) -> None:
        if is_out_of_order:
            raise base.Unavailable("out of order")
        if not solution.token or solution.token not in solved:
            raise base.Rejected("not among the solved")
