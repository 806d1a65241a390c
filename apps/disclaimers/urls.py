from django.urls import path

from . import editing, views

urlpatterns = [
    path("", views.disclaimer_list, name="disclaimer_list"),
    path("check/", views.disclaimer_check, name="disclaimer_check"),
    path("begin/", views.disclaimer_begin, name="disclaimer_begin"),
    path("import/", views.disclaimer_import, name="disclaimer_import"),
    path("approvals/", views.approvals_needed, name="approvals_needed"),
    path("guide/", editing.writing_guide, name="writing_guide"),
    path("<int:number>/", views.disclaimer_detail, name="disclaimer_detail"),
    path("<int:number>/state/", views.disclaimer_state, name="disclaimer_state"),
    path("<int:number>/edit/", editing.disclaimer_edit, name="disclaimer_edit"),
    path("<int:number>/preview/", editing.disclaimer_preview, name="disclaimer_preview"),
    path("<int:number>/send/", views.disclaimer_send, name="disclaimer_send"),
    path("<int:number>/publish/", views.disclaimer_publish, name="disclaimer_publish"),
    path("<int:number>/drift/", views.drift_decide, name="drift_decide"),
    path("<int:number>/pushes/<int:push>/give-up/", views.push_give_up, name="push_give_up"),
    path("<int:number>/versions/<int:version>/", views.version_detail, name="version_detail"),
    path("<int:number>/versions/<int:version>/review/", views.version_review, name="version_review"),
    path("<int:number>/versions/<int:version>/roll-back/", views.version_roll_back, name="version_roll_back"),
]
