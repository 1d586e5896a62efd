"""Routes of reviewer, head, clerk, archivist, administrator and supervisor."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
