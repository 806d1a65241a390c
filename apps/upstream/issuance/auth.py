"""How a call to Issuance is authenticated (docs/contracts/issuance.json, securitySchemes)."""

from apps.upstream.secret import Secret


def api_key(key: Secret) -> Secret:
    """The Authorization header of investments and offerings."""
    return Secret(f"Api-Key {key.reveal()}")
