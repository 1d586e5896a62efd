"""Routes of the portal for statutes, below /p/."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
