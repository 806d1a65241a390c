from django.urls import path

from . import views

urlpatterns = [
    path("members/", views.member_list, name="member_list"),
    path("members/<int:number>/role/", views.member_change, name="member_change"),
    path("members/<int:number>/remove/", views.member_remove, name="member_remove"),
    path("connections/", views.connection_list, name="connection_list"),
    path("connections/<slug:slug>/test/", views.connection_test, name="connection_test"),
    path("connections/<slug:slug>/replace/", views.connection_replace, name="connection_replace"),
    path("connections/<slug:slug>/remove/", views.connection_remove, name="connection_remove"),
]
