"""The contract as data: parameters, fields, and labels of values.

Read once, at start, from docs/contracts/issuance.json; none of it is repeated in code.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .words import OURS

PATH = Path(__file__).resolve().parents[3] / "docs/contracts/issuance.json"
_DOCUMENT: dict[str, Any] = json.loads(PATH.read_text())
_SCHEMAS: dict[str, Any] = _DOCUMENT["components"]["schemas"]
if unknown := [(name, code) for name, words in OURS.items() for code in words.keys() - _SCHEMAS[name]["x-enum-labels"]]:
    raise ValueError(f"apps/upstream/issuance/words.py: codes that the contract does not list: {unknown}")

PAGING = ("ordering", "page", "page_size")


@dataclass(frozen=True, slots=True)
class Spec:
    """What the contract says of one field or parameter. `type`: integer, number, decimal, boolean, date, date-time,
    uri, email, text, list or any; `choices`: value -> label, in the contract's order, if it lists them."""

    name: str
    type: str
    help: str
    choices: dict[str, str]
    places: int = 0


def fields(schema: str) -> dict[str, Spec]:
    """Name -> Spec of each field of a row, in the contract's order."""
    members = _SCHEMAS[schema]["properties"].items()
    return {name: _spec(name, body) for name, body in members if not body.get("writeOnly")}


def parameters(path: str) -> dict[str, Spec]:
    """Name -> Spec of each query parameter of a GET."""
    return {
        entry["name"]: _spec(entry["name"], entry["schema"], entry.get("description", ""))
        for entry in _DOCUMENT["paths"][path]["get"].get("parameters", [])
        if entry["in"] == "query"
    }


def labels(schema: str) -> dict[str, str]:
    """Value -> label of an enumeration: the contract's, or ours where `words` has one."""
    words: dict[str, str] = _SCHEMAS[schema]["x-enum-labels"]
    return {code: OURS.get(schema, {}).get(code, label) for code, label in words.items()}


def _spec(name: str, body: dict[str, Any], help: str = "") -> Spec:
    reference = _reference(body)
    choices = labels(reference) if reference else {}
    kind = body.get("format") or ("text" if choices else body.get("type", "any"))
    kind = {"string": "text", "array": "list"}.get(kind, kind)
    places = int(body["pattern"].split("{0,")[2].split("}")[0]) if kind == "decimal" else 0
    return Spec(name, kind, help or body.get("description", ""), choices, places)


def _reference(body: dict[str, Any]) -> str:
    """The enumeration's name behind $ref, allOf or oneOf; "" if there is none."""
    for part in (body, *body.get("allOf", ()), *body.get("oneOf", ())):
        name = part.get("$ref", "").rpartition("/")[2]
        if name and "x-enum-labels" in _SCHEMAS[name]:
            return str(name)
    return ""
