"""An identity provider on loopback: a real one's code flow over HTTP, and every way in which a hostile one differs."""

import base64
import hashlib
import json
import secrets
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa


def key_pair(kid: str) -> tuple[rsa.RSAPrivateKey, dict[str, Any]]:
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(private.public_key()))
    return private, {**public, "kid": kid, "use": "sig", "alg": "RS256"}


class IdentityProvider:
    """`claims`: of who signs in next, over what is usual; `says`: of its discovery; `token`: what else its tokens get;
    `redirects`: where discovery leads; `signs_with`: another key; `asked`: each request's path."""

    client_id, secret = "dashboard", "a client secret"

    def __init__(self) -> None:
        self.private, self.public = key_pair("one")
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self.handler())
        self.issuer = f"http://localhost:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.reset()

    def reset(self) -> None:
        self.claims: dict[str, Any] = {}
        self.says: dict[str, Any] = {}
        self.header: dict[str, Any] = {}
        self.redirects, self.signs_with, self.algorithm = "", self.private, "RS256"
        self.codes: dict[str, dict[str, str]] = {}
        self.used: set[str] = set()
        self.keeps_codes = False
        self.asked: list[str] = []

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def discovery(self) -> dict[str, Any]:
        here = {name: f"{self.issuer}/{path}" for name, path in (
            ("authorization_endpoint", "authorize"), ("token_endpoint", "token"), ("jwks_uri", "jwks"),
        )}  # fmt: skip
        return {
            "issuer": self.issuer,
            **here,
            "token_endpoint_auth_methods_supported": ["client_secret_basic"],
            **self.says,
        }

    def authorize(self, asked: dict[str, str]) -> str:
        code = secrets.token_urlsafe(8)
        self.codes[code] = asked
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"

    def id_token(self, asked: dict[str, str]) -> str:
        now = time.time()
        usual = {
            "iss": self.issuer, "aud": self.client_id, "sub": "subject-1", "iat": int(now), "exp": int(now) + 300,
            "nonce": asked["nonce"], "email": "ana@acme.example", "email_verified": True,
        }  # fmt: skip
        if "max_age" in asked:
            usual["auth_time"] = int(now)
        claims = {name: value for name, value in (usual | self.claims).items() if value is not None}
        return jwt.encode(claims, self.signs_with, self.algorithm, headers={"kid": "one"} | self.header)

    def token(self, authorization: str, sent: dict[str, str]) -> tuple[int, dict[str, Any]]:
        pair = base64.b64encode(f"{self.client_id}:{self.secret.replace(' ', '+')}".encode()).decode()
        asked = self.codes.get(sent.get("code", ""))
        digest = hashlib.sha256(sent.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        is_good = asked and authorization == f"Basic {pair}" and asked["code_challenge"] == challenge
        if not asked or not is_good or (sent["code"] in self.used and not self.keeps_codes):
            return 400, {"error": "invalid_grant"}
        self.used.add(sent["code"])
        return 200, {"access_token": "x", "token_type": "Bearer", "id_token": self.id_token(asked)}

    def handler(outer) -> type[BaseHTTPRequestHandler]:  # noqa: N805 - of the provider
        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_: Any) -> None:
                pass

            def answer(self, status: int, body: Any, location: str = "") -> None:
                sent = json.dumps(body).encode()
                self.send_response(status)
                if location:
                    self.send_header("Location", location)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(sent)))
                self.end_headers()
                self.wfile.write(sent)

            def do_GET(self) -> None:
                url = urlsplit(self.path)
                outer.asked.append(url.path)
                asked = {name: values[0] for name, values in parse_qs(url.query).items()}
                if url.path.endswith("/openid-configuration"):
                    self.answer(302 if outer.redirects else 200, outer.discovery(), outer.redirects)
                elif url.path == "/authorize":
                    self.answer(302, {}, outer.authorize(asked))
                else:
                    self.answer(200, {"keys": [outer.public]})

            def do_POST(self) -> None:
                outer.asked.append(self.path)
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                sent = {name: values[0] for name, values in parse_qs(body).items()}
                self.answer(*outer.token(self.headers.get("Authorization", ""), sent))

        return Handler
