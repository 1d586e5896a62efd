"""Routes of the portal for procedures, below /p/."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
