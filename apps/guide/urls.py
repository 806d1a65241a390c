from django.urls import path

from . import views

urlpatterns = [
    path("", views.guide, name="guide"),
    path("<slug:name>/", views.guide_page, name="guide_page"),
]
