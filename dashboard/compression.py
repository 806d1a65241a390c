"""Compresses pages as they are sent. Each piece of a streamed page is flushed, so its shell is there as soon as without.

The compressed length of a page tells a listener on the network something about it, if he can also choose a part of it
(BREACH): only what a page of ours or the person asked for is compressed, and padded (docs/adr/0019).
"""

import gzip
import re
import secrets
from collections.abc import Callable, Iterable, Iterator
from io import BytesIO

from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.cache import patch_vary_headers

ACCEPTS_GZIP = re.compile(r"\bgzip\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))")
ASKED_HERE = ("same-origin", "none")
"""`Sec-Fetch-Site`, which no page can set: a page of ours, or the person (an address, a bookmark)."""
SMALL = 600
"""Bytes: a shorter page gains nothing."""
PAD = 100
"""At most so many bytes more, at random."""


class CompressionMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if not response.get("Content-Type", "").startswith("text/html"):
            return response
        patch_vary_headers(response, ("Accept-Encoding", "Sec-Fetch-Site"))
        if may_compress(request, response):
            if isinstance(response, StreamingHttpResponse):
                response.streaming_content = pieces(response.streaming_content)  # type: ignore[arg-type]
            elif isinstance(response, HttpResponse):
                response.content = b"".join(pieces([response.content]))
                response["Content-Length"] = str(len(response.content))
            response["Content-Encoding"] = "gzip"
        return response


def may_compress(request: HttpRequest, response: HttpResponseBase) -> bool:
    """Not what shows a secret once: such a page says `no-transform`, which proxies obey too."""
    is_small = isinstance(response, HttpResponse) and len(response.content) < SMALL
    return not (
        is_small
        or request.method == "HEAD"
        or response.has_header("Content-Encoding")
        or "no-transform" in response.get("Cache-Control", "")
        or request.headers.get("Sec-Fetch-Site") not in ASKED_HERE
        or not ACCEPTS_GZIP.search(request.headers.get("Accept-Encoding", ""))
    )


def pieces(parts: Iterable[bytes]) -> Iterator[bytes]:
    """Each part compressed and flushed. The pad is the name of a file, which gzip puts before the text."""
    written = BytesIO()
    name = "a" * secrets.randbelow(PAD)
    with gzip.GzipFile(filename=name, mode="wb", compresslevel=6, fileobj=written, mtime=0) as zipped:
        for part in parts:
            zipped.write(part)
            zipped.flush()
            yield taken(written)
    yield taken(written)


def taken(written: BytesIO) -> bytes:
    found = written.getvalue()
    written.seek(0)
    written.truncate()
    return found
