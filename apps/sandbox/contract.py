"""The contract's names and words, read from docs/contracts/ and not written down again."""

import json
from pathlib import Path

_PATH = Path(__file__).resolve().parents[2] / "docs/contracts/issuance.json"
_SCHEMAS = json.loads(_PATH.read_text())["components"]["schemas"]

ENUMS: dict[str, dict[str, str]] = {
    name: schema["x-enum-labels"] for name, schema in _SCHEMAS.items() if "x-enum-labels" in schema
}
PEOPLE_FIELDS = {"company": "Inc.", "trust": "Family Trust", "trust_ira": "IRA"}
"""What stands after a name, by kind of investor."""
FIELDS: dict[str, list[str]] = {name: list(_SCHEMAS[name]["properties"]) for name in ("Investment", "Offering")}
