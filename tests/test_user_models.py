"""The stories pass under other user models too. Django fixes its user model when it starts, so they run in a process."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SOURCE = (ROOT / "tests/stories/test_stories.py").read_text("utf-8")
STORIES = len(re.findall(r"^def test_", SOURCE, re.MULTILINE)) + SOURCE.count("parametrize(")  # each of two


@pytest.mark.parametrize("model", ["EmailUser", "PhoneUser"])
def test_the_stories_pass_under_the_user_model(model):
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "COV"))}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "no:xdist", "-q", "tests/stories"],
        cwd=ROOT, env={**environment, "USER_MODEL": model}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    assert f"{STORIES} passed" in done.stdout
