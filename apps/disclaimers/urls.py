from django.urls import path

from . import editing, library, live_views, publication_views, views

urlpatterns = [
    path("", library.disclaimer_list, name="disclaimer_list"),
    path("check/", library.disclaimer_check, name="disclaimer_check"),
    path("begin/", library.disclaimer_begin, name="disclaimer_begin"),
    path("import/", library.disclaimer_import, name="disclaimer_import"),
    path("approvals/", library.approvals_needed, name="approvals_needed"),
    path("live/", live_views.live_on, name="live_on"),
    path("<number:number>/", views.disclaimer_detail, name="disclaimer_detail"),
    path("<number:number>/state/", views.disclaimer_state, name="disclaimer_state"),
    path("<number:number>/edit/", editing.disclaimer_edit, name="disclaimer_edit"),
    path("<number:number>/preview/", editing.disclaimer_preview, name="disclaimer_preview"),
    path("<number:number>/send/", views.disclaimer_send, name="disclaimer_send"),
    path("<number:number>/publish/", publication_views.disclaimer_publish, name="disclaimer_publish"),
    path("<number:number>/drift/", views.drift_decide, name="drift_decide"),
    path("<number:number>/pushes/<number:push>/give-up/", publication_views.push_give_up, name="push_give_up"),
    path("<number:number>/versions/<number:version>/", views.version_detail, name="version_detail"),
    path("<number:number>/versions/<number:version>/review/", views.version_review, name="version_review"),
    path("<number:number>/versions/<number:version>/roll-back/", views.version_roll_back, name="version_roll_back"),
]
