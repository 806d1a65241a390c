from collections.abc import Callable

from django.contrib.auth.middleware import AuthenticationMiddleware
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.cache import patch_cache_control, patch_vary_headers
from django.utils.functional import SimpleLazyObject

from . import devices, sessions


class SignedInMiddleware(AuthenticationMiddleware):
    """`request.user`, as long as the session's own row says that it is open."""

    def process_request(self, request: HttpRequest) -> None:
        request.user = SimpleLazyObject(lambda: sessions.person_of(request))  # type: ignore[assignment]

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Who has signed in here, or set a new password, is known to this browser from now on."""
        if person := getattr(request, "known_from_now", None):
            devices.remember(request, response, person)
        return response


class NoStoreMiddleware:
    """No page is stored by a browser or a proxy: after signing out, Back shows nothing. Static files have their own
    rule."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        patch_cache_control(response, no_store=True)
        if "HX-Request" in request.headers and response.status_code in (403, 404, 500):
            # a whole page that refuses: it takes the page's place, not the table's
            response["HX-Retarget"], response["HX-Reswap"] = "body", "innerHTML"
        patch_vary_headers(response, ("HX-Request", "HX-Target"))
        return response


class EdgeMiddleware:
    """Rules for every response, static files and failures included; outermost. No other site may embed it. A HEAD
    response has no body: on a kept connection, its bytes would be read as the answer to the next request, which behind
    a proxy is another person's."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        response["Cross-Origin-Resource-Policy"] = "same-origin"
        if request.method == "HEAD":
            del response["Content-Length"]
            if isinstance(response, StreamingHttpResponse):
                response.streaming_content = ()  # never begun; the server closes it with the response
            elif isinstance(response, HttpResponse):
                response.content = b""
        return response


class DestinationMiddleware:
    """Serves pages to windows and scripts of ours only, never as a picture, frame or style sheet: a text that embeds
    one would be requesting it in its reader's name. Browsers say what they request it for. Runs after static files,
    which serve all of these."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.headers.get("Sec-Fetch-Dest", "") not in ("", "document", "empty"):
            return HttpResponse("Pages of this site are not embedded.\n", content_type="text/plain", status=403)
        return self.get_response(request)
