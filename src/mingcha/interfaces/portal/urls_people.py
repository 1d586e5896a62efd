"""Routes of the portal for what people ask and send, below /p/."""

from django.urls import URLPattern, path

from mingcha.interfaces.portal import petitions

urlpatterns: list[URLPattern] = [
    path("letters/", petitions.write, name="petition"),
    path("letters/progress/", petitions.progress, name="petition-progress"),
]
