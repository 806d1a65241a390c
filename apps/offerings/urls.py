from django.urls import path

from apps.listing.urls import listing_urls

from . import views
from .listing import OFFERINGS

urlpatterns = [
    *listing_urls(OFFERINGS),
    path("<int:number>/", views.offering_detail, name="offering_detail"),
    path("<int:number>/investments/", views.offering_investments, name="offering_investments"),
    path("<int:number>/exposure/", views.offering_exposure, name="offering_exposure"),
]
