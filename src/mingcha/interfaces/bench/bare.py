"""The limit of the bench: the same server, the same Django, one view that inserts one row and commits durably."""

from __future__ import annotations

import os
import uuid

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, JsonResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mingcha.project.settings")
settings.ROOT_URLCONF = __name__
settings.MIDDLEWARE = []
application = get_wsgi_application()


@csrf_exempt
def insert(request: HttpRequest) -> JsonResponse:
    """One insert in a transaction of its own."""
    from mingcha.common import clock
    from mingcha.interfaces.models import OnceKey

    key = uuid.uuid4().hex
    officer = request.headers["Officer"]
    OnceKey.objects.create(
        officer_id=officer, key=key, digest="0" * 64, result={"n": len(request.body)}, at=clock.now()
    )
    return JsonResponse({"key": key})


urlpatterns = [path("bare", insert)]
