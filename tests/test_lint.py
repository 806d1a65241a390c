"""Habits that no linter knows: templates without inline code, money without floats, words of ours alone."""

import re
from pathlib import Path


def texts(project: Path, *patterns: str) -> dict[str, str]:
    return {str(file.relative_to(project)): file.read_text() for pattern in patterns for file in project.glob(pattern)}


def test_no_template_holds_style_or_script_of_its_own(project: Path) -> None:
    for name, text in texts(project, "templates/**/*.html").items():
        if name.startswith("templates/mail/"):
            continue  # mail programs read nothing else, and no policy of ours holds there
        found = re.findall(
            r"\sstyle=|<style|\son\w+=|hx-on|js:|javascript:|\[[^\]]*\]\s*(?:from|delay)|<script(?![^>]*\ssrc=)", text
        )
        assert not found, f"{name}: {found}"


def test_every_htmx_link_and_form_works_without_htmx(project: Path) -> None:
    for name, text in texts(project, "templates/**/*.html").items():
        for tag in re.findall(r"<(?:a|form|button)\b[^>]*hx-get=[^>]*>", text):
            assert re.search(r"\s(?:href|(?:form)?action)=", tag), f"{name}: {tag}"


def test_no_float_touches_money(project: Path) -> None:
    for name, text in texts(
        project, "apps/listing/**/*.py", "apps/investments/**/*.py", "apps/upstream/**/*.py"
    ).items():
        assert "float(" not in text, name


def test_a_file_over_400_lines_asks_to_be_split(project: Path) -> None:
    for name, text in texts(project, "apps/**/*.py", "dashboard/**/*.py", "tests/**/*.py").items():
        assert text.count("\n") <= 400, name


def test_no_page_loads_anything_from_elsewhere(project: Path) -> None:
    for name, text in texts(project, "templates/**/*.html").items():
        assert not re.search(r'(?:src|href)="(?:https?:)?//', text), name


def test_a_lock_with_joined_rows_names_the_row_that_it_locks(project: Path) -> None:
    """PostgreSQL refuses to lock the nullable side of an outer join; SQLite, which tests run on, knows no row locks."""
    for name, text in texts(project, "apps/**/*.py").items():
        assert not re.search(r"select_for_update\(\)\s*\.select_related", text), name
        assert not re.search(r"select_related\([^)]*\)[^\n]*\.select_for_update\(\)", text), name
