"""Checks a record of disclaimers: python3 verify.py [FILE.zip or folder] [--key PUBLIC_KEY]

Needs Python 3.10 or later and nothing else, and asks no one. Without a file it checks the folder that it is in. It says "OK", or what
is wrong and where; it ends with 1 if anything is.
"""

import hashlib
import json
import sys
import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

try:
    import proofs  # type: ignore[import-not-found] # beside this file, in a record
except ImportError:
    from apps.audit import proofs

MANIFEST = "manifest.json"
MOST = 200 * 1024 * 1024
"""Bytes of one file that are read."""
Files = dict[str, Callable[[], bytes]]


def main(arguments: list[str]) -> int:
    key, given = "", list(arguments)
    if "--key" in given:
        at = given.index("--key")
        key = given[at + 1] if at + 1 < len(given) else "?"
        del given[at : at + 2]
    wrong, said = checked(Path(given[0]) if given else Path(__file__).resolve().parent, key)
    for words in said:
        print(words)
    for words in wrong:
        print(f"WRONG  {words}")
    print("OK" if not wrong else f"{len(wrong)} things are wrong.")
    return 1 if wrong else 0


def checked(path: Path, key: str) -> tuple[list[str], list[str]]:
    """As `check`; what is no record is wrong."""
    try:
        return check(files_of(path), key)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, IndexError, zipfile.BadZipFile) as error:
        return [f"It can't be read as a record: {type(error).__name__} {error}"], []


def files_of(path: Path) -> Files:
    """Each file by its name. Nothing is unpacked."""
    if path.is_dir():
        found = sorted(each for each in path.rglob("*") if each.is_file() and "__pycache__" not in each.parts)
        return {each.relative_to(path).as_posix(): partial(limited, each.read_bytes) for each in found}
    opened = zipfile.ZipFile(path)
    listed = [each for each in opened.infolist() if not each.is_dir()]
    if len({each.filename for each in listed}) != len(listed):
        raise ValueError("a name stands twice in the ZIP")
    if any(each.file_size > MOST for each in listed):
        raise ValueError("a file is larger than any of a record")
    return {each.filename: partial(limited, partial(opened.read, each)) for each in listed}


def limited(read: Callable[[], bytes]) -> bytes:
    content = read()
    if len(content) > MOST:
        raise ValueError("a file is larger than any of a record")
    return content


def check(files: Files, key: str = "") -> tuple[list[str], list[str]]:
    """What is wrong, and what else is to be said."""
    proof = json.loads(files[MANIFEST]())
    manifest = proof["manifest"]
    content = json.dumps(manifest, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()
    wrong = []
    if not proofs.is_signed(content, proof["signature"], proof["public_key"]):
        wrong.append("The manifest's signature doesn't match.")
    if key and proof["public_key"] != key:
        wrong.append("The record is signed with another key than the one that you gave.")
    wrong += of_files(files, manifest)
    lines = {
        name: [json.loads(line) for line in files[f"audit/{name}.jsonl"]().splitlines()]
        for name in ("entries", "segments")
    }
    wrong += of_entries(lines["entries"], lines["segments"], manifest["team_id"], proof["public_key"])
    for name in sorted(files):
        if name.endswith("/record.json"):
            wrong += of_disclaimer(files, name, [entry["content"] for entry in lines["entries"]], manifest["log_since"])
    waiting = sum(entry["segment"] is None for entry in lines["entries"])
    said = [
        f"Record of {manifest['team']}, made {manifest['made_at']}: {len(files)} files, {len(lines['entries'])} audit log entries, "
        f"{waiting} of them not sealed yet.",
        f"Signed with the public key {proof['public_key']}"
        + ("." if key else ": compare it with the one that the team gives you, or pass it with --key."),
    ]
    return wrong, said


def of_files(files: Files, manifest: dict[str, Any]) -> list[str]:
    listed = manifest["files"]
    wrong = [f"{name} is missing." for name in sorted(set(listed) - set(files))]
    wrong += [f"{name} isn't named in the manifest." for name in sorted(set(files) - set(listed) - {MANIFEST})]
    for name in sorted(set(files) & set(listed)):
        if hashlib.sha256(files[name]()).hexdigest() != listed[name]:
            wrong.append(f"{name} was changed.")
    return wrong


def of_entries(entries: list[dict[str, Any]], segments: list[dict[str, Any]], team: str, key: str) -> list[str]:
    wrong, heads = [], {}
    for segment in segments:
        head = json.loads(segment["head"])
        if segment["key"] != key or not proofs.is_signed(
            segment["head"].encode(), segment["signature"], segment["key"]
        ):
            wrong.append(f"Segment {segment['number']} of the audit log isn't signed with the record's key.")
        if (head["number"], head["chain"]) != (segment["number"], team):
            wrong.append(f"Segment {segment['number']} of the audit log belongs elsewhere.")
        heads[segment["number"]] = head
    for entry in entries:
        if entry["segment"] is None:
            continue
        head = heads.get(entry["segment"])
        hashed = proofs.entry_hash(bytes.fromhex(entry["salt"]), entry["content"].encode())
        leaf, path = proofs.leaf(entry["id"], hashed), [bytes.fromhex(each) for each in entry["path"]]
        if head is None or proofs.root_by(path, leaf, entry["index"], head["count"]) != bytes.fromhex(head["root"]):
            wrong.append(f"Entry {entry['id']} of the audit log isn't in its segment.")
        elif json.loads(entry["content"])["tenant"] != team:
            wrong.append(f"Entry {entry['id']} of the audit log is another team's.")
    if len({entry["id"] for entry in entries}) != len(entries):
        wrong.append("An entry of the audit log stands twice.")
    return wrong


def of_disclaimer(files: Files, name: str, contents: list[str], since: str) -> list[str]:
    """Texts against their hashes, and what the record says against the audit log, as far as that goes back."""
    folder, record = name.rpartition("/")[0], json.loads(files[name]())
    subject = f"disclaimer:{record['id']}"
    told = [entry for entry in map(json.loads, contents) if entry["subject"] == subject]
    wrong = []
    for version in record["versions"]:
        called = f"{record['title']}, v{version['number']}"
        text = files.get(f"{folder}/v{version['number']}.md")
        if text is None or hashlib.sha256(text()).hexdigest() != version["sha256"]:
            wrong.append(f"{called}: the text doesn't match its hash.")
        for review in version["reviews"]:
            action = "version approved" if review["approves"] else "version rejected"
            is_told = review["at"] < since or has(told, action, review["person_id"], version=version["number"])
            if review["sha256"] != version["sha256"] or not is_told:
                wrong.append(f"{called}: a review isn't in the audit log.")
        for push in version["publications"]:
            is_open = push["state"] != "confirmed" or push["ended_at"] < since
            if push["sha256"] != version["sha256"] or not (
                is_open or has(told, "push confirmed", None, push=push["id"])
            ):
                wrong.append(f"{called}: a publication isn't in the audit log.")
    wrong += missing(record, told)
    return wrong


def has(told: list[dict[str, Any]], action: str, person: Any, **details: Any) -> bool:
    return any(
        entry["action"] == action
        and (person is None or entry["actor"] == person)
        and all(entry["details"].get(name) == value for name, value in details.items())
        for entry in told
    )


def missing(record: dict[str, Any], told: list[dict[str, Any]]) -> list[str]:
    """What the audit log says and the record leaves out."""
    numbers: set[int] = {version["number"] for version in record["versions"]}
    pushes = {push["id"] for version in record["versions"] for push in version["publications"]}
    wrong = []
    for entry in told:
        details = entry["details"]
        if (
            entry["action"] in ("version made", "version approved", "version rejected")
            and details.get("version") not in numbers
        ):
            wrong.append(f"{record['title']}: v{details.get('version')} is in the audit log and not in the record.")
        if entry["action"] == "push confirmed" and details.get("push") not in pushes:
            wrong.append(f"{record['title']}: a publication is in the audit log and not in the record.")
    return wrong


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
