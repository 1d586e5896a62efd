"""Routes of the portal for lists, below /p/."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
