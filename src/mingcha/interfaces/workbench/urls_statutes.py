"""Routes of statutes and the institution's own rules (/in/)."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
