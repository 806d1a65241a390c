from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers


class NoStoreMiddleware:
    """No page is kept by a browser or a proxy: signed out, Back shows nothing. Static files have their own rule."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response["Cache-Control"] = "no-store"
        if "HX-Request" in request.headers and response.status_code in (403, 404, 500):
            # a whole page that refuses: it takes the page's place, not the table's
            response["HX-Retarget"], response["HX-Reswap"] = "body", "innerHTML"
        patch_vary_headers(response, ("HX-Request", "HX-Target"))
        return response
