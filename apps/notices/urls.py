"""Of a team; the link that ends a kind of email belongs to none (dashboard.urls)."""

from django.urls import path

from . import views

urlpatterns = [path("", views.notice_choices, name="notice_choices")]
