"""Routes of periods and the working calendar (/in/)."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
