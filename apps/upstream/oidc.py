"""Sign-in by OpenID Connect, as a relying party: code flow with PKCE and nonce (OpenID Connect Core 1.0, 3.1; RFC 7636).

A provider is configured by a team, so it is as hostile as a stranger: only https, hosts that the operator allows, public
addresses, no redirects, bounded answers and time. What it says of a person counts only from an ID token that is signed by a
key of its own, for this client, this browser and this moment; nothing is asked beside it.
"""

import base64
import hmac
import ipaddress
import json
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote_plus, urlencode, urlsplit

import jwt

from . import errors, transport
from .deadlines import Deadline
from .decode import Row, decode_object
from .secret import Secret

API = "The identity provider"
WELL_KNOWN = "/.well-known/openid-configuration"
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
"""Signatures by a key of which only the provider has the private half."""
LEEWAY = 60
"""Seconds by which clocks may differ."""
YOUNG = 600
"""Seconds after which a token is too old, however long it says that it lives."""
MOST_KEYS = 50
MOST_OF_A_KEY = 5_000


class NotTrusted(Exception):
    """What the provider sent proves nothing. `reason`: a code for the audit log; the text is for the person."""

    def __init__(self, reason: str, words: str) -> None:
        super().__init__(words)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Provider:
    """`allows`: whether the operator allows a host; `ca_file`: of further authorities."""

    issuer: str
    client_id: str
    secret: Secret
    allows: Callable[[str], bool]
    ca_file: str = ""


@dataclass(frozen=True, slots=True)
class Endpoints:
    """`basic`: the client says who it is in a header, not in the form; `takes_claims`: claims may be asked for by name."""

    authorize: str
    token: str
    keys: str
    basic: bool
    takes_claims: bool


def discover(provider: Provider, deadline: Deadline) -> Endpoints:
    """Where the provider is asked. Raises NotTrusted, or what the transport raises."""
    found = get(provider, provider.issuer.rstrip("/") + WELL_KNOWN, deadline)
    if found.get("issuer") != provider.issuer:
        raise NotTrusted("issuer", "The provider calls itself by another issuer than the one in your team’s settings.")
    urls = [str(found.get(name) or "") for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")]
    for url in urls:
        parts(provider, url)
    methods = found.get("token_endpoint_auth_methods_supported")
    supported = methods if isinstance(methods, list) else ["client_secret_basic"]
    takes_claims = found.get("claims_parameter_supported") is True
    return Endpoints(urls[0], urls[1], urls[2], "client_secret_post" not in supported, takes_claims)


def parts(provider: Provider, url: str) -> tuple[str, str]:
    """Origin and the rest. Raises Insecure for anything but https to an allowed host with public addresses."""
    found = urlsplit(url)
    host = (found.hostname or "").lower()
    base = f"{found.scheme}://{found.netloc}"
    rules = transport.Rules(frozenset({host} if host and provider.allows(host) else ()))
    transport.check_address(base, rules)
    if host not in transport.LOOPBACK and not is_public(host):
        raise errors.Insecure
    return base, (found.path or "/") + (f"?{found.query}" if found.query else "")


def is_public(host: str) -> bool:
    """Whether all addresses of the host are the internet's. A host that has none is asked, and cannot be reached."""
    try:
        found = {info[4][0] for info in socket.getaddrinfo(host, 443, proto=socket.IPPROTO_TCP)}
    except (OSError, UnicodeError):
        return True
    return all(ipaddress.ip_address(str(address).partition("%")[0]).is_global for address in found)


def call(provider: Provider, url: str, deadline: Deadline, **more: Any) -> Row:
    base, path = parts(provider, url)
    host = str(urlsplit(base).hostname)
    rules = transport.Rules(frozenset({host}), provider.ca_file)
    given = {"credential": None, "tries": 1, "api": API, **more}
    reply = transport.send(transport.Call(base, path, deadline=deadline, rules=rules, **given))
    return decode_object(reply.body)


def get(provider: Provider, url: str, deadline: Deadline) -> Row:
    return call(provider, url, deadline)


IN_THE_TOKEN = json.dumps({"id_token": dict.fromkeys(("email", "email_verified", "name", "amr", "auth_time"))})
"""For a provider that would put them into its userinfo, which is not asked (OpenID Connect Core 1.0, 5.5)."""


def authorize_url(endpoints: Endpoints, asked: Mapping[str, str]) -> str:
    sign = "&" if "?" in endpoints.authorize else "?"
    more = {"claims": IN_THE_TOKEN} if endpoints.takes_claims else {}
    return f"{endpoints.authorize}{sign}{urlencode({**asked, **more})}"


def exchange(
    provider: Provider, endpoints: Endpoints, code: str, verifier: str, redirect_uri: str, deadline: Deadline
) -> str:
    """The ID token for a code. Raises NotTrusted, or what the transport raises."""
    sent = {
        "grant_type": "authorization_code", "code": code, "code_verifier": verifier, "redirect_uri": redirect_uri,
        "client_id": provider.client_id,
    }  # fmt: skip
    credential = None
    if endpoints.basic:
        pair = f"{quote_plus(provider.client_id)}:{quote_plus(provider.secret.reveal())}"
        credential = transport.Fixed(Secret(f"Basic {base64.b64encode(pair.encode()).decode()}"))
    else:
        sent["client_secret"] = provider.secret.reveal()
    found = call(
        provider,
        endpoints.token,
        deadline,
        credential=credential,
        method="POST",
        body=urlencode(sent).encode(),
        content_type="application/x-www-form-urlencoded",
    )
    token = found.get("id_token")
    if not isinstance(token, str) or len(token) > 20_000:
        raise NotTrusted("no id_token", "The provider sent no ID token.")
    return token


def keys(provider: Provider, endpoints: Endpoints, deadline: Deadline) -> list[dict[str, Any]]:
    found = get(provider, endpoints.keys, deadline).get("keys")
    return [each for each in found[:MOST_KEYS] if isinstance(each, dict)] if isinstance(found, list) else []


def claims_of(token: str, known: list[dict[str, Any]], provider: Provider, nonce: str, now: float) -> dict[str, Any]:
    """What the token says, once it is proved. Raises NotTrusted."""
    try:
        header = jwt.get_unverified_header(token)
        algorithm, kid = header.get("alg"), header.get("kid")
        fitting = [each for each in known if kid is None or each.get("kid") == kid]
        if algorithm not in ALGORITHMS or len(fitting) != 1 or fitting[0].get("use", "sig") != "sig":
            raise NotTrusted("key", "The provider’s answer isn’t signed by a key of its own.")
        written = json.dumps(fitting[0], default=str)
        if len(written) > MOST_OF_A_KEY:
            raise NotTrusted("key", "The provider’s key is larger than any that is in use.")
        key = jwt.PyJWK.from_json(written, algorithm)
        found: dict[str, Any] = jwt.decode(
            token,
            key.key,
            algorithms=[algorithm],
            audience=provider.client_id,
            issuer=provider.issuer,
            leeway=LEEWAY,
            options={"require": ["exp", "iat", "iss", "aud", "sub"]},
        )
    except (jwt.PyJWTError, ValueError, TypeError, KeyError, AttributeError) as error:  # a key or a token of any making
        raise NotTrusted(type(error).__name__, "The provider’s answer isn’t for this sign-in.") from None
    audience = found["aud"]
    if isinstance(audience, list) and len(audience) > 1 and found.get("azp") != provider.client_id:
        raise NotTrusted("azp", "The provider’s answer is for another application.")
    if not hmac.compare_digest(str(found.get("nonce", "")).encode(errors="replace"), nonce.encode()):
        raise NotTrusted("nonce", "The provider’s answer isn’t for this sign-in.")
    if not isinstance(found["iat"], int | float) or not now - YOUNG < found["iat"] < now + LEEWAY:
        raise NotTrusted("iat", "The provider’s answer is too old.")
    if not isinstance(found["sub"], str) or not 0 < len(found["sub"]) <= 255 or not found["sub"].isprintable():
        raise NotTrusted("sub", "The provider doesn’t say who you are.")
    return found
