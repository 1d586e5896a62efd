"""What a web worker of `mingcha serve` loads: the application, warmed up."""

from __future__ import annotations

import gc

from django.urls import resolve

from mingcha.project.wsgi import application

__all__ = ["application"]

# All routes, views and schemas are loaded now, not with the first request of somebody who waits.
resolve("/p/")

# Thousands of classes never go away; looking at them again and again would cost each request.
gc.collect()
gc.freeze()
gc.set_threshold(20_000, 20, 20)
