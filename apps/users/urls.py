from django.urls import path

from apps.listing import listing_urls

from . import views
from .listing import USERS

urlpatterns = [
    *listing_urls(USERS),
    path("create/", views.user_create, name="user_create"),
    path("<number:number>/", views.user_detail, name="user_detail"),
    path("<number:number>/change/", views.user_change, name="user_change"),
]
