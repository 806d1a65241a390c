from django.urls import path

from . import views

urlpatterns = [
    path("", views.investment_list, name="investment_list"),
    path("attention/", views.attention, name="investment_attention"),
    path("export.csv", views.investment_csv, name="investment_csv"),
    path("<int:number>/", views.investment_detail, name="investment_detail"),
]
