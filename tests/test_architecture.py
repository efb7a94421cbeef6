"""The shape of the code: directions, sizes, names."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "loginradius_passwordless"
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if "migrations" not in path.parts)
EDGES = {"api", "hosted", "admin", "management", "metrics", "openapi"}
TOP_LEVEL = {
    "pyproject.toml", "README.md", "CHANGELOG.md", "Makefile", "manage.py", "loginradius_passwordless", "example_project", "tests", "docs",
    "benchmarks",
}  # fmt: skip


def ours(path):
    return str(path.relative_to(PACKAGE))


@pytest.mark.parametrize("path", MODULES, ids=ours)
def test_a_module_says_what_it_is_for_and_stays_small(path):
    source = path.read_text("utf-8")
    assert len(source.splitlines()) <= 250
    if source.strip():
        assert ast.get_docstring(ast.parse(source)), "a module has one sentence of purpose"


@pytest.mark.parametrize("path", MODULES, ids=ours)
def test_a_function_fits_on_a_screen(path):
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            docstring = len((ast.get_docstring(node, clean=False) or "").splitlines())
            assert node.end_lineno - node.lineno + 1 - docstring <= 45, node.name


@pytest.mark.parametrize("path", [p for p in MODULES if not EDGES & set(p.relative_to(PACKAGE).parts)], ids=ours)
def test_the_core_knows_no_http(path):
    if path.name in {"faults.py", "visitors.py", "urls.py", "apps.py", "authentication.py"}:
        return
    imported = {
        node.module or "" for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.ImportFrom)
    }
    assert not {name for name in imported if name.startswith(("django.http", "rest_framework"))}


BANNED = ["random.", "django.template import", "get_host(", "mark_safe(", "pickle", "eval(", "format_html(f"]


@pytest.mark.parametrize("path", MODULES, ids=ours)
def test_what_has_been_other_peoples_hole_is_not_used(path):
    source = path.read_text("utf-8")
    assert not [banned for banned in BANNED if banned in source.replace("urlsafe_random.", "")]


def test_the_top_level_holds_what_the_design_names():
    tracked = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout.splitlines()
    names = {name.partition("/")[0] for name in tracked if not name.startswith(".")}
    assert names <= TOP_LEVEL


def test_layers_point_one_way():
    checked = subprocess.run(
        [Path(sys.executable).with_name("lint-imports")], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert "0 broken" in checked.stdout, checked.stdout + checked.stderr
