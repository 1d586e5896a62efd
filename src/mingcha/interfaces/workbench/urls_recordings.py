"""Routes of recordings: devices, inbox, hand-in, hand-over (/in/)."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
