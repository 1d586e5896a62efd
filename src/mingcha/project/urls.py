"""Root of all routes: portal at /p/, officials at /in/, REST at /api/."""

from django.urls import include, path
from django.views.generic import RedirectView

from mingcha.interfaces.gate import public

urlpatterns = [
    path("", public(RedirectView.as_view(url="/p/"))),
    path("p/", include("mingcha.interfaces.portal.urls")),
    path("in/", include("mingcha.interfaces.workbench.urls")),
    path("", include("mingcha.interfaces.api.urls")),
]
