"""Routes of the portal for procedures, below /p/."""

from django.urls import path

from mingcha.interfaces.portal import procedures

_ONE = "procedures/<uuid:edition_id>"

urlpatterns = [
    path("procedures/", procedures.listing, name="procedures"),
    path("procedures/review/", procedures.review, name="procedure-review"),
    path(f"{_ONE}/", procedures.procedure, name="procedure"),
    path(f"{_ONE}/checklist/", procedures.checklist, name="procedure-checklist"),
    path(f"{_ONE}.svg", procedures.picture, name="procedure-svg"),
    path(f"{_ONE}.bpmn", procedures.bpmn, name="procedure-bpmn"),
    path(f"{_ONE}.json", procedures.data, name="procedure-json"),
]
