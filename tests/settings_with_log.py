"""The example project with the logging that the documentation shows, taken from there."""

import os
import re

from example_project.settings import *  # noqa: F403
from example_project.settings import BASE_DIR

PAGE = BASE_DIR / "docs/howto/observability.md"
block = next(
    one for one in re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL) if "LOGGING =" in one
)
exec(block)  # noqa: S102
LOGGING["root"]["level"] = os.environ.get("LEVEL", "INFO")  # noqa: F405
