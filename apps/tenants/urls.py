from django.urls import path

from . import connection_views, views
from .sso import setup_views

urlpatterns = [
    path("team/", views.team_settings, name="team_settings"),
    path("members/", views.member_list, name="member_list"),
    path("members/<number:number>/role/", views.member_change, name="member_change"),
    path("members/<number:number>/remove/", views.member_remove, name="member_remove"),
    path("members/invitations/<uuid:number>/send-again/", views.invitation_send, name="invitation_send"),
    path("members/invitations/<uuid:number>/withdraw/", views.invitation_withdraw, name="invitation_withdraw"),
    path("sso/", setup_views.single_sign_on, name="single_sign_on"),
    path("leave/", views.leave, name="leave_team"),
    path("members/<number:number>/two-step/", views.member_reset, name="member_reset"),
    path("connections/", connection_views.connection_list, name="connection_list"),
    path("connections/<slug:slug>/test/", connection_views.connection_test, name="connection_test"),
    path("connections/<slug:slug>/replace/", connection_views.connection_replace, name="connection_replace"),
    path("connections/<slug:slug>/remove/", connection_views.connection_remove, name="connection_remove"),
    path("connections/sign-in/<slug:kind>/", connection_views.service_save, name="service_save"),
    path("connections/sign-in/<slug:kind>/test/", connection_views.service_test, name="service_test"),
    path("connections/sign-in/<slug:kind>/remove/", connection_views.service_remove, name="service_remove"),
]
