"""A copy of the database while it is written to, put into an empty machine; and files that are no backup."""

import sqlite3
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from apps.operations import backups
from tests import services
from tests.operations.conftest import Installation, installation_at

pytestmark = pytest.mark.xdist_group("installation")  # what these tests share takes long to start
SQLITE = {"ENGINE": "django.db.backends.sqlite3"}


@pytest.fixture(scope="module")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Its database `filled` holds what the other world's file does."""
    with services.folder() as within, services.postgres(within) as (url, _):
        installation_at(tmp_path_factory.mktemp("postgres"), new_database(url, "filled")).fill()
        yield url


@pytest.fixture(params=["sqlite", "postgres"])
def installed(request: pytest.FixtureRequest, tmp_path: Path) -> Installation:
    """With a team and its owner."""
    if request.param == "sqlite":
        return request.getfixturevalue("filled")  # type: ignore[no-any-return]
    return installation_at(tmp_path, new_database(request.getfixturevalue("postgres"), "here", "filled"))


def new_database(url: str, name: str, template: str = "template1") -> str:
    import psycopg

    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}"')
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    return f"{url.rpartition('/')[0]}/{name}"


def empty_machine(installed: Installation, tmp_path: Path) -> Installation:
    url = installed.settings["DATABASE_URL"]
    there = f"sqlite:///{tmp_path}/there/there.sqlite3" if "sqlite" in url else new_database(url, "there")
    return Installation(tmp_path, {**installed.settings, "DATABASE_URL": there})


def test_a_backup_opens_on_an_empty_machine(installed: Installation, tmp_path: Path) -> None:
    file = tmp_path / "backup"
    assert f"Wrote {file}, " in installed.done("backup", str(file))
    assert file.stat().st_mode & 0o077 == 0
    there = empty_machine(installed, tmp_path)
    assert "Now run: manage.py migrate, then manage.py doctor" in there.done("restore", str(file))
    there.done("migrate", "--verbosity", "0")
    assert there.people() == "ana@acme.example"


def test_a_database_with_data_is_replaced_only_when_that_is_said(installed: Installation, tmp_path: Path) -> None:
    file = tmp_path / "backup"
    installed.done("backup", str(file))
    installed.done(
        "create_staff", "ben@acme.example", "--tenant", "acme", "--role", "support", stdin="correct-horse-9-battery"
    )
    refused = installed.run("restore", str(file))
    assert "The database holds data. --replace puts the backup in their place." in refused.stderr
    assert installed.people() == "ana@acme.example,ben@acme.example"
    installed.done("restore", str(file), "--replace")
    assert installed.people() == "ana@acme.example"


def test_a_file_that_is_no_backup_changes_nothing(installed: Installation, tmp_path: Path) -> None:
    file = tmp_path / "letter"
    file.write_text("Dear Sir or Madam")
    ended = installed.run("restore", str(file), "--replace")
    assert ended.returncode == 1
    assert "Nothing was changed." in ended.stderr
    assert "Traceback" not in ended.stderr
    assert installed.people() == "ana@acme.example"


def test_a_backup_is_never_written_over_another_file(installed: Installation, tmp_path: Path) -> None:
    file = tmp_path / "backup"
    file.write_text("older")
    assert f"{file} is there already. Choose another name." in installed.run("backup", str(file)).stderr
    assert file.read_text() == "older"
    assert "is no folder. Make it first." in installed.run("backup", str(tmp_path / "no/such/backup")).stderr


def count(name: Path) -> int:
    with sqlite3.connect(name, timeout=20) as connection:
        return int(connection.execute("SELECT count(*) FROM pairs").fetchone()[0])


def test_a_copy_is_whole_while_rows_are_written(filled: Installation) -> None:
    """Each transaction writes two rows: a copy that holds one of them alone would be torn."""
    name, ended = filled.folder / "dashboard.sqlite3", threading.Event()
    with sqlite3.connect(name) as connection:
        connection.execute("CREATE TABLE pairs (number INTEGER)")

    def write() -> None:
        with sqlite3.connect(name, timeout=20, isolation_level=None) as connection:
            number = 0
            while not ended.is_set():
                number += 1
                connection.execute("BEGIN IMMEDIATE")
                connection.execute("INSERT INTO pairs VALUES (?)", [number])
                connection.execute("INSERT INTO pairs VALUES (?)", [number])
                connection.execute("COMMIT")

    writer = threading.Thread(target=write)
    writer.start()
    while not count(name):
        time.sleep(0.01)
    try:
        for number in range(3):
            file = filled.folder / f"backup-{number}"
            backups.back_up(SQLITE | {"NAME": name}, file)
            with sqlite3.connect(file) as copied:
                odd = copied.execute("SELECT number FROM pairs GROUP BY number HAVING count(*) <> 2").fetchall()
                assert odd == []
                assert copied.execute("SELECT count(*) FROM pairs").fetchone()[0] > 0
    finally:
        ended.set()
        writer.join()
    there = filled.folder / "there/there.sqlite3"
    backups.restore(SQLITE | {"NAME": there}, file)
    assert there.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("name", ["no such file", "letter", "another database"])
def test_what_is_no_backup_is_named_in_words(tmp_path: Path, name: str) -> None:
    (tmp_path / "letter").write_text("Dear Sir or Madam")
    with sqlite3.connect(tmp_path / "another database") as connection:
        connection.execute("CREATE TABLE songs (title TEXT)")
    with pytest.raises(backups.NotDone, match=r"There is no file|is no backup of the dashboard"):
        backups.restore(SQLITE | {"NAME": tmp_path / "there.sqlite3"}, tmp_path / name)
    assert not (tmp_path / "there.sqlite3").exists()


def test_a_program_of_postgresql_that_fails_or_is_missing_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nowhere = {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "none",
        "HOST": "127.0.0.1",
        "PORT": 1,
        "PASSWORD": "secret",
    }
    with pytest.raises(backups.NotDone, match="pg_dump says: ") as why:
        backups.back_up(nowhere, tmp_path / "backup")
    assert "secret" not in str(why.value)
    assert not list(tmp_path.iterdir())
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(backups.NotDone, match="pg_dump is missing"):
        backups.back_up(nowhere, tmp_path / "backup")
