from django.urls import path

from apps.listing import listing_urls

from . import notes, reveal, views
from .listing import INVESTMENTS

urlpatterns = [
    *listing_urls(INVESTMENTS),
    path("of-investor/<number:number>/", views.of_investor, name="investment_of_investor"),
    path("attention/", views.attention, name="investment_attention"),
    path("<number:number>/", views.investment_detail, name="investment_detail"),
    path("<number:number>/reveal/", reveal.investment_reveal, name="investment_reveal"),
    path("<number:number>/notes/", notes.write_note, name="investment_note"),
    path("<number:number>/notes/<number:note>/remove/", notes.remove_note, name="investment_note_remove"),
]
