"""A record can be checked on a machine that knows nothing of us, and no change to it goes unnoticed."""

import base64
import hashlib
import io
import json
import os
import random
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.core.management import call_command

from apps.audit.actions import Action
from apps.audit.models import Entry
from apps.audit.record import record
from apps.disclaimers import approving, drafting, watching
from apps.evidence import entries, extracts, recording, verify
from apps.evidence.sentences import BY_KIND, Kind
from apps.exports import files
from apps.jobs.models import Job
from apps.jobs.running import Runner
from apps.tenants.models import SigningKey, Tenant, TokenySignIn
from tests.conftest import Person, person
from tests.disclaimers.conftest import approved, at_tokeny, member, published, rewritten, written  # noqa: F401 - a fixture
from tests.stand_in import Sandbox

PATH = "/acme/audit/records/"
Files = dict[str, bytes]


def work_off() -> None:
    runner = Runner({files.RECORD: recording.make})
    while runner.work_here():
        pass


@pytest.fixture
def cora(acme: Tenant) -> Person:
    return person("cora@acme.example", acme, "compliance")


@pytest.fixture
def lived(
    acme: Tenant,
    at_tokeny: TokenySignIn,  # noqa: F811
    ana: Person,
    cora: Person,
    sandbox: Sandbox,
) -> None:
    """Two texts: one of three versions, rejected, approved, published, changed in Tokeny; one never published."""
    max_ = person("max@acme.example", acme, "manager")
    made = written(acme, max_, "A **bold** text.\n", "Risk <factors>")
    version = drafting.send_for_approval(made, member(max_))
    approving.review(version, version.sha256, member(cora), "Say which market.", approves=False)
    rewritten(made, max_, cora, "A bold text, of the secondary market.\n")
    made.refresh_from_db()
    published(made, max_)
    rewritten(made, max_, cora, "A bold text of both markets.\n")
    made.refresh_from_db()
    push = published(made, max_)
    sandbox.by_others("By others.", id=push.tokeny_id)
    watching.compare(acme)
    approved(written(acme, max_, "Another.", "Never published"), max_, cora)


@pytest.fixture
def zipped(lived: None, cora: Person) -> bytes:
    cora.post(PATH)
    work_off()
    job = Job.objects.get(kind=files.RECORD)
    assert job.state == "done", job.result
    answer = cora.client.get(f"{PATH}{job.pk}/file/")
    assert answer.status_code == 200
    return b"".join(answer.streaming_content)


def unpacked(content: bytes) -> Files:
    with zipfile.ZipFile(io.BytesIO(content)) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def checked(given: Files, key: str = "") -> list[str]:
    """As verify.py does it, in this process."""
    try:
        return verify.check({name: (lambda content=content: content) for name, content in given.items()}, key)[0]
    except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        return [str(error)]


def test_verify_py_checks_it_where_we_are_not(zipped: bytes, tmp_path: Path) -> None:
    """In a folder with nothing but the record, by Python alone, from the folder and from the ZIP."""
    with zipfile.ZipFile(io.BytesIO(zipped)) as opened:
        opened.extractall(tmp_path / "record")
    (tmp_path / "record.zip").write_bytes(zipped)
    alone = {"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1"}
    for given in (
        [],
        [str(tmp_path / "record.zip")],
        [str(tmp_path / "record"), "--key", SigningKey.objects.get().public],
    ):
        ran = subprocess.run(
            [sys.executable, "-S", "verify.py", *given],
            cwd=tmp_path / "record",
            env=alone,
            capture_output=True,
            text=True,
            check=False,
        )
        assert (ran.returncode, ran.stdout.splitlines()[-1]) == (0, "OK"), ran.stdout + ran.stderr
        assert "Record of Acme Robotics" in ran.stdout
    (tmp_path / "record/disclaimers").rename(tmp_path / "record/other")
    ran = subprocess.run(
        [sys.executable, "-S", "verify.py"],
        cwd=tmp_path / "record",
        env=alone,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 1
    assert "is missing." in ran.stdout


def test_it_holds_what_a_regulator_asks_for(zipped: bytes) -> None:
    held = unpacked(zipped)
    number = next(name for name in held if name.endswith("/v3.md")).split("/")[1]
    assert held[f"disclaimers/{number}/v2.md"] == b"A bold text, of the secondary market.\n"
    assert b"<strong>bold</strong>" in held[f"disclaimers/{number}/v1.standard.html"]
    assert b"<del" in held[f"disclaimers/{number}/v3.changes.html"]
    assert held[f"disclaimers/{number}/held-by-tokeny.md"] == b"By others."
    said = json.loads(held[f"disclaimers/{number}/record.json"])
    assert [len(version["reviews"]) for version in said["versions"]] == [1, 1, 1]
    assert said["versions"][0]["reviews"][0]["reason"] == "Say which market."
    assert [period["differs"] for period in said["live"]] == ["no", "no", "changed"]
    assert said["versions"][1]["publications"][0]["read_back_sha256"] == said["versions"][1]["sha256"]
    other = next(
        json.loads(held[name]) for name in held if name.endswith("record.json") and number not in name.split("/")
    )
    assert (other["first_use"], other["last_use"]) == ("not recorded", "not recorded")
    shown = held["index.html"].decode()
    for words in (
        "Risk &lt;factors&gt;",
        "cora@acme.example",
        "Say which market.",
        "not recorded",
        "python3 verify.py",
    ):
        assert words in shown
    assert "<script" not in shown


def test_nothing_of_another_team_is_in_it(ben: Person, borealis: Tenant, lived: None, cora: Person) -> None:
    written(borealis, ben, "Their secret text.", "Their secret")
    cora.post(PATH)
    work_off()
    job = Job.objects.get(kind=files.RECORD)
    content = b"".join(cora.client.get(f"{PATH}{job.pk}/file/").streaming_content)
    assert not any(b"secret" in each for each in unpacked(content).values())
    assert ben.get(f"/borealis/audit/records/{job.pk}/file/").status == 404


def test_our_own_command_checks_it_too(zipped: bytes, tmp_path: Path) -> None:
    (tmp_path / "record.zip").write_bytes(zipped)
    out = io.StringIO()
    call_command("verify_audit", "--record", str(tmp_path / "record.zip"), stdout=out)
    assert out.getvalue().splitlines()[-1] == "OK"
    SigningKey.objects.update(sealed="v1:gone:x:y")
    (tmp_path / "record.zip").write_bytes(zipped[:-100])
    with pytest.raises(SystemExit):
        call_command("verify_audit", "--record", str(tmp_path / "record.zip"), stdout=out)


# fifty ways to change it


def other_byte(content: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(content))
    return content[:at] + bytes([content[at] ^ (1 << chance.randrange(7))]) + content[at + 1 :]


def resigned(given: Files, key: Ed25519PrivateKey) -> Files:
    """Hashes and signatures as they would have to be, by somebody else's key."""
    proof = json.loads(given[verify.MANIFEST])
    public = base64.b64encode(key.public_key().public_bytes_raw()).decode()
    proof["manifest"]["files"] = {
        name: hashlib.sha256(content).hexdigest() for name, content in given.items() if name != verify.MANIFEST
    }
    content = json.dumps(proof["manifest"], sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()
    proof |= {"public_key": public, "signature": base64.b64encode(key.sign(content)).decode()}
    return given | {verify.MANIFEST: json.dumps(proof).encode()}


def edited(given: Files, name: str, change: Callable[[str], str]) -> Files:
    return given | {name: change(given[name].decode()).encode()}


def without_line(text: str, chance: random.Random) -> str:
    lines = text.splitlines(keepends=True)
    del lines[chance.randrange(len(lines))]
    return "".join(lines)


def tampered(given: Files, way: int, chance: random.Random) -> Files:  # noqa: C901 - a case for each way
    names = sorted(given)
    text = chance.choice([name for name in names if name.endswith(".md")])
    about = chance.choice([name for name in names if name.endswith("record.json")])
    told, key = "audit/entries.jsonl", Ed25519PrivateKey.generate()
    match way % 12:
        case 0:
            name = chance.choice(names)
            return given | {name: other_byte(given[name], chance)}
        case 1:
            gone = chance.choice(names)
            return {name: content for name, content in given.items() if name != gone}
        case 2:
            return given | {f"disclaimers/extra-{way}.md": b"one more"}
        case 3:
            return resigned(given | {text: other_byte(given[text], chance)}, key)
        case 4:
            return edited(given, about, lambda said: said.replace("cora@acme.example", "max@acme.example"))
        case 5:
            return resigned(edited(given, told, lambda said: said.replace("version rejected", "version approved")), key)
        case 6:
            return resigned(edited(given, told, lambda said: without_line(said, chance)), key)
        case 7:
            return edited(given, verify.MANIFEST, lambda said: said.replace("Acme Robotics", "Acme Robots"))
        case 8:
            one, other = chance.sample([name for name in names if name.endswith(".md")], 2)
            return given | {one: given[other], other: given[one]}
        case 9:
            return edited(given, "audit/segments.jsonl", lambda said: without_line(said, chance))
        case 10:
            return edited(given, verify.MANIFEST, lambda said: said.replace('"signature": "', '"signature": "A'))
        case _:
            return resigned(
                edited(given, about, lambda said: said.replace('"approves": false', '"approves": true')), key
            )


def test_fifty_tampered_records_are_all_found(zipped: bytes) -> None:
    whole, key = unpacked(zipped), SigningKey.objects.get().public
    assert checked(whole, key) == []
    for way in range(50):
        changed = tampered(whole, way, random.Random(way))
        assert changed != whole, way
        assert checked(changed, key), way


def test_one_that_somebody_else_signed_whole_is_found_by_the_log_s_own_signatures(zipped: bytes) -> None:
    """Without the key at hand: the segments of the log are signed with the true one."""
    assert checked(resigned(unpacked(zipped), Ed25519PrivateKey.generate()))


def test_zips_that_are_no_records_are_refused(tmp_path: Path, zipped: bytes) -> None:
    (tmp_path / "no.zip").write_bytes(b"PK nonsense")
    twice = tmp_path / "twice.zip"
    with zipfile.ZipFile(twice, "w") as made:
        made.writestr("manifest.json", "{}")
        with pytest.warns(UserWarning, match="Duplicate name"):
            made.writestr("manifest.json", "{}")
    for path in ("no.zip", "twice.zip", "missing.zip"):
        assert verify.main([str(tmp_path / path)]) == 1


# the page


def test_a_record_is_asked_for_made_and_downloaded_and_each_is_recorded(lived: None, cora: Person, ana: Person) -> None:
    assert "No records yet" in cora.get(PATH)
    cora.post(PATH)
    cora.post(PATH)
    assert Job.objects.filter(kind=files.RECORD).count() == 1, "one at a time"
    assert "Waiting" in ana.get(PATH)
    work_off()
    job = Job.objects.get(kind=files.RECORD)
    assert "Download ZIP" in ana.get(PATH)
    b"".join(ana.client.get(f"{PATH}{job.pk}/file/").streaming_content)
    about = Entry.objects.filter(subject=f"record:{job.pk}").order_by("pk")
    assert [entry.action for entry in about] == ["record requested", "record made", "record downloaded"]
    files.delete(job)
    assert "No longer kept" in ana.get(PATH)
    assert ana.get(f"{PATH}{job.pk}/file/").status == 404


# part of the log


def test_the_log_is_exported_as_it_is_filtered_with_proofs(lived: None, cora: Person, acme: Tenant) -> None:
    record(Action.SEARCHED, actor=None, tenant=acme.id, subject="view:1", label="=1+1")
    wanted = Entry.objects.filter(tenant=acme.id, action__in=BY_KIND[Kind.DISCLAIMERS]).count()
    assert "/acme/audit/export/?kind=disclaimers" in cora.get("/acme/audit/?kind=disclaimers")
    for query in ("?kind=disclaimers", ""):
        cora.post(f"/acme/audit/export/{query}")
    work_off()
    some, whole = Job.objects.filter(kind=files.RECORD).order_by("at")
    contents = [unpacked(b"".join(cora.client.get(f"{PATH}{job.pk}/file/").streaming_content)) for job in (some, whole)]
    for held in contents:
        assert checked(held, SigningKey.objects.get().public) == []
        assert json.loads(held["asked.json"])["is_complete"]
    assert contents[0]["audit/entries.jsonl"].count(b"\n") == wanted
    assert contents[0]["entries.csv"].count(b"\r\n") == wanted + 1
    assert "Approved “Risk <factors>”" in contents[0]["entries.csv"].decode()
    assert b"\r\n=" not in contents[1]["entries.csv"]
    assert json.loads(contents[0]["manifest.json"])["manifest"]["file"].startswith("audit-log-acme-")
    assert "Audit log" in cora.get(PATH)


def test_an_export_that_would_be_too_large_says_that_it_is_incomplete(
    lived: None, cora: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(extracts, "MOST", 3)
    monkeypatch.setattr(entries, "A_PAGE", 2)
    cora.post("/acme/audit/export/")
    work_off()
    held = unpacked(b"".join(cora.client.get(f"{PATH}{Job.objects.get(kind=files.RECORD).pk}/file/").streaming_content))
    assert json.loads(held["asked.json"]) == {"filters": "?", "entries": 4, "is_complete": False}
    assert json.loads(held["manifest.json"])["manifest"]["file"].endswith("-incomplete.zip")
    assert cora.post("/acme/audit/export/?kind=x").status == 400
