"""Imports run downwards only; apps on one line do not import each other; the sandbox stands apart."""

import ast
from pathlib import Path

from apps import listing

LAYERS = (
    {"dashboard"},
    {"operations"},
    {"evidence"},
    {"overview", "search", "exports", "guide"},
    {"investments", "investors", "offerings", "users", "disclaimers"},
    {"listing"},
    {"jobs", "notices"},
    {"tenants"},
    {"staff"},
    {"audit"},
    {"upstream"},
)
HEIGHT = {name: height for height, names in enumerate(reversed(LAYERS)) for name in names}


def owner(dotted: str) -> str:
    """apps.tenants.models -> tenants; dashboard.urls -> dashboard; "" for what is not ours."""
    first, *rest = dotted.split(".")
    return rest[0] if first == "apps" and rest else first if first == "dashboard" else ""


def imports(file: Path, package: str) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return {name for dotted in found if (name := owner(dotted)) and name != package}


def test_imports_run_downwards(project: Path) -> None:
    upward = []
    for file in [*project.glob("apps/**/*.py"), *project.glob("dashboard/*.py")]:
        package = file.relative_to(project).parts[1 if file.is_relative_to(project / "apps") else 0]
        if package in ("sandbox", "__init__.py"):
            continue
        upward += [
            f"{file.relative_to(project)} imports {name}"
            for name in imports(file, package)
            if name == "sandbox" or HEIGHT[name] >= HEIGHT[package]
        ]
    assert upward == []


def test_the_sandbox_imports_none_of_the_others(project: Path) -> None:
    for file in project.glob("apps/sandbox/**/*.py"):
        assert imports(file, "sandbox") == set(), file


def test_upstream_knows_no_django(project: Path) -> None:
    for file in project.glob("apps/upstream/**/*.py"):
        assert "django" not in file.read_text(), file


def test_a_secret_is_opened_in_four_places(project: Path) -> None:
    opening = {
        str(file.relative_to(project)) for file in project.glob("apps/**/*.py") if "open_seal(" in file.read_text()
    }
    keys, tokens = "apps/tenants/connections.py", "apps/tenants/agreed.py"
    factors, held = "apps/tenants/two_step.py", "apps/tenants/confirming.py"
    assert opening == {keys, tokens, factors, held, "apps/tenants/sealing.py"}


ROOMS = {"values": 0, "ranges": 0, "models": 0, "schema": 1, "query": 2, "keep": 3, "fetch": 3, "show": 4}
"""Of the engine, from the ground up; what is not named stands on top."""


def listing_imports(file: Path) -> set[str]:
    """The modules and packages of apps.listing that a file names beyond the front door: `schema`, `schema.cells`."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("apps.listing"):
            found.add((node.module or "").removeprefix("apps.listing").lstrip("."))
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names if name.name.startswith("apps.listing.")}
    return found - {""}


def test_other_apps_come_in_by_the_front_door(project: Path) -> None:
    behind = {
        str(file.relative_to(project)): names
        for file in [*project.glob("apps/**/*.py"), *project.glob("dashboard/*.py")]
        if not file.is_relative_to(project / "apps/listing") and (names := listing_imports(file))
    }
    assert behind == {}


def test_the_front_door_gives_what_it_says(project: Path) -> None:
    typed = {
        alias.name
        for node in ast.walk(ast.parse((project / "apps/listing/__init__.py").read_text()))
        if isinstance(node, ast.ImportFrom) and node.level
        for alias in node.names
    }
    assert typed == {*listing.HOMES, *listing.MODULES}
    for name in typed:
        assert getattr(listing, name) is not None


def test_no_room_of_the_engine_imports_upward(project: Path) -> None:
    engine, upward = project / "apps/listing", []
    for file in engine.glob("*/*.py"):
        room = file.relative_to(engine).parts[0]
        if room == "migrations":
            continue
        for named in listing_imports(file):
            other = named.split(".")[0]
            if other != room and ROOMS.get(other, 9) >= ROOMS[room]:
                upward.append(f"{file.relative_to(project)} imports {named}")
    assert upward == []
