"""Routes of letters (/in/petitions/)."""

from django.urls import path

from mingcha.interfaces.workbench import petitions

urlpatterns = [
    path("petitions/", petitions.listing, name="petitions"),
    path("petitions/petitions.<str:ending>", petitions.export, name="petitions-export"),
    path("petitions/<uuid:petition_id>/", petitions.one, name="petition"),
    path("petitions/<uuid:petition_id>/<slug:kind>/", petitions.step, name="petition-step"),
]
