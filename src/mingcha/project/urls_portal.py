"""Root of the routes of the portal's zone: the portal and nothing else."""

from django.urls import include, path
from django.views.generic import RedirectView

from mingcha.interfaces.gate import public

urlpatterns = [
    path("", public(RedirectView.as_view(url="/p/"))),
    path("p/", include("mingcha.interfaces.portal.urls")),
]
