"""What a web worker of `mingcha serve` loads: the application, warmed up."""

from __future__ import annotations

from django.urls import resolve

from mingcha.common.memory import settle
from mingcha.documents.rendering import warm
from mingcha.project.wsgi import application

__all__ = ["application"]

# All routes, views and schemas are loaded now, not with the first request of somebody who waits.
resolve("/p/")
warm()

settle()
