from django.urls import path

from . import notes, shaping, views

urlpatterns = [
    path("", views.investment_list, name="investment_list"),
    path("attention/", views.attention, name="investment_attention"),
    path("export.csv", views.investment_csv, name="investment_csv"),
    path("filter/", shaping.filter_add, name="investment_filter"),
    path("filter/<slug:field>/", shaping.filter_add, name="investment_filter_field"),
    path("filter/<slug:field>/<slug:operator>/", shaping.filter_add, name="investment_filter_operator"),
    path("values/<slug:field>/", shaping.filter_values, name="investment_values"),
    path("counts/<slug:field>/", shaping.filter_counts, name="investment_counts"),
    path("newer/<int:since>/", shaping.newer, name="investment_newer"),
    path("columns/", shaping.choose_columns, name="investment_columns"),
    path("views/", shaping.keep_views, name="investment_views"),
    path("<int:number>/", views.investment_detail, name="investment_detail"),
    path("<int:number>/notes/", notes.write_note, name="investment_note"),
    path("<int:number>/notes/<int:note>/remove/", notes.remove_note, name="investment_note_remove"),
]
