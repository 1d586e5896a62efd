"""Routes of service, of void and corrected papers, of pads of numbers and of the register of cases (/in/)."""

from django.urls import path

from mingcha.interfaces.workbench import pads, register, service

_CASE = "cases/<uuid:case_id>/"

urlpatterns = [
    path("service/", service.waiting, name="service"),
    path("service/export.<str:ending>", service.export, name="service-export"),
    path(f"{_CASE}paper/<uuid:document_id>/", service.paper, name="case-paper"),
    path(f"{_CASE}serve/<uuid:document_id>/", service.serve, name="case-serve"),
    path(f"{_CASE}attempt/<uuid:document_id>/", service.attempt, name="case-attempt"),
    path(f"{_CASE}address/", service.address, name="case-address"),
    path(f"{_CASE}void/<uuid:document_id>/", service.void, name="case-void"),
    path(f"{_CASE}correct/<uuid:document_id>/", service.correct, name="case-correct"),
    path("pads/", pads.listing, name="pads"),
    path("pads/new/", pads.new, name="pad-new"),
    path("pads/<uuid:pad_id>/", pads.one, name="pad"),
    path("pads/<uuid:pad_id>/void/<int:n>/", pads.void, name="pad-void"),
    path("pads/<uuid:pad_id>/close/", pads.close, name="pad-close"),
    path("numbers/void/", pads.voided, name="numbers-void"),
    path("register/", register.listing, name="register"),
    path("register/export.<str:ending>", register.export, name="register-export"),
]
