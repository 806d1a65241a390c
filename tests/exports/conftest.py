"""An export as a person makes it: asked for on a page, made by a worker, downloaded."""

import csv
import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from apps.exports import files, making
from apps.jobs.models import Job
from apps.jobs.running import Runner
from tests.conftest import Page, Person


@dataclass
class Exported:
    """`job`: as the worker left it."""

    job: Job
    page: Page
    content: bytes
    who: Person

    @property
    def proof(self) -> dict[str, Any]:
        return dict(self.job.result["proof"])

    @property
    def manifest(self) -> dict[str, Any]:
        return dict(self.proof["manifest"])

    @property
    def text(self) -> str:
        return self.content.decode()

    @property
    def table(self) -> list[dict[str, str]]:
        return list(csv.DictReader(io.StringIO(self.text.removeprefix("\ufeff"))))

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text.splitlines()]


def ask(who: Person, address: str = "", listing: str = "investments", **choices: str) -> Page:
    given = {"format": "csv", "columns": "page", "values": "labels", **choices}
    return who.post(f"/acme/exports/new/{listing}/{address}", **given)


def work_off() -> None:
    runner = Runner(dict.fromkeys(files.KINDS, making.make))
    while runner.work_here():
        pass


def file_of(who: Person, job: Job) -> tuple[int, bytes, Any]:
    answer: Any = who.client.get(f"/acme/exports/{job.pk}/file/")
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return answer.status_code, content, answer.headers


def exported(who: Person, address: str = "", listing: str = "investments", **choices: str) -> Exported:
    ask(who, address, listing, **choices)
    job = Job.objects.latest("at")
    work_off()
    job.refresh_from_db()
    page = who.get(f"/acme/exports/{job.pk}/")
    assert job.state == "done", job.result
    return Exported(job, page, file_of(who, job)[1], who)


Export = Callable[..., Exported]


@pytest.fixture
def export(ana: Person) -> Export:
    return lambda address="", listing="investments", **choices: exported(ana, address, listing, **choices)
