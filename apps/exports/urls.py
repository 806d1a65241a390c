from django.urls import URLPattern, path

from apps.listing import Listing
from apps.tenants.access import for_member

from . import mailing_views, sums, verifying, views
from .asked import LISTINGS


def create(listing: Listing) -> URLPattern:
    """Guarded by the list's own permission."""
    if listing.export_permission is None:
        raise ValueError(f"the listing “{listing.name}” has no export_permission")
    guarded = for_member(can=listing.export_permission)(views.export_create)
    return path(f"new/{listing.plural}/", guarded, {"listing": listing}, name=f"{listing.name}_export")


urlpatterns = [
    path("", views.export_list, name="export_list"),
    path("new/mailing-list/", mailing_views.mailing_create, name="investment_mailing"),
    *map(create, LISTINGS.values()),
    path("sums/", sums.investment_sums, name="investment_sums"),
    path("verify/", verifying.export_verify, name="export_verify"),
    path("<uuid:job>/", views.export_detail, name="export_detail"),
    path("<uuid:job>/cancel/", views.export_cancel, name="export_cancel"),
    path("<uuid:job>/delete/", views.export_delete, name="export_delete"),
    path("<uuid:job>/file/", views.export_file, name="export_file"),
    path("<uuid:job>/manifest/", views.export_manifest, name="export_manifest"),
]
