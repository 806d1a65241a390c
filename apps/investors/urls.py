from django.urls import path

from apps.listing import listing_urls

from . import views
from .listing import INVESTORS

urlpatterns = [
    *listing_urls(INVESTORS),
    path("<number:number>/", views.investor_detail, name="investor_detail"),
]
