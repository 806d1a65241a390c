"""The URL patterns that every listing has, each guarded by its own permission."""

from django.urls import URLPattern, path

from apps.tenants.access import for_member

from . import views
from .schema.listing import Listing

PAGES = (
    ("", views.row_list, "list"),
    ("filter/", views.filter_add, "filter"),
    ("filter/<slug:field>/", views.filter_add, "filter_field"),
    ("filter/<slug:field>/<slug:operator>/", views.filter_add, "filter_operator"),
    ("values/<slug:field>/", views.filter_values, "values"),
    ("counts/<slug:field>/", views.filter_counts, "counts"),
    ("newer/<number:since>/", views.newer, "newer"),
    ("columns/", views.choose_columns, "columns"),
    ("views/", views.keep_views, "views"),
)


def listing_urls(listing: Listing) -> list[URLPattern]:
    """`<name>_list` and so on."""
    return [
        path(
            route, for_member(can=listing.view_permission)(view), {"listing": listing}, name=f"{listing.name}_{action}"
        )
        for route, view, action in PAGES
    ]
