"""Routes of procedures: charts and editor (/in/)."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
