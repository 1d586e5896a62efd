"""Routes of lists as editions and policy profiles (/in/)."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
