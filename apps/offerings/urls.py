from django.urls import path

from apps.listing import listing_urls

from . import views
from .listing import OFFERINGS

urlpatterns = [
    *listing_urls(OFFERINGS),
    path("<number:number>/", views.offering_detail, name="offering_detail"),
    path("<number:number>/settings/<slug:tab>/", views.offering_detail, name="offering_settings"),
    path("<number:number>/investments/", views.offering_investments, name="offering_investments"),
    path("<number:number>/exposure/", views.offering_exposure, name="offering_exposure"),
]
