"""Routes of dossiers: custody, volumes, sealed packages, checks, transfer, materials by object (/in/)."""

from django.urls import path

from mingcha.interfaces.workbench import archiving, dossiers

_CASE = "archives/<uuid:case_id>/"
_PACKAGE = "archives/packages/<uuid:package_id>/"
_TRANSFER = "archives/transfers/<uuid:transfer_id>/"

urlpatterns = [
    path("archives/", dossiers.listing, name="archives"),
    path("archives/packages/", archiving.packages, name="archive-packages"),
    path("archives/packages/export.<str:ending>", archiving.packages_export, name="archive-packages-export"),
    path(_PACKAGE, archiving.package, name="archive-package"),
    path(f"{_PACKAGE}package.tar", archiving.package_tar, name="archive-package-tar"),
    path(f"{_PACKAGE}seal.json", archiving.package_seal, name="archive-package-seal"),
    path("archives/checks/<uuid:check_id>/", archiving.check, name="archive-check"),
    path("archives/transfers/", archiving.transfers, name="archive-transfers"),
    path("archives/transfers/new/", archiving.transfer_new, name="archive-transfer-new"),
    path(_TRANSFER, archiving.transfer, name="archive-transfer"),
    path(f"{_TRANSFER}export.<str:ending>", archiving.transfer_export, name="archive-transfer-export"),
    path(_CASE, dossiers.dossier, name="archive-case"),
    path(f"{_CASE}accept/", dossiers.accept, name="archive-accept"),
    path(f"{_CASE}return/", dossiers.send_back, name="archive-return"),
    path(f"{_CASE}offer/", dossiers.offer, name="archive-offer"),
    path(f"{_CASE}supplement/", dossiers.supplement, name="archive-supplement"),
    path(f"{_CASE}<str:name>.pdf", dossiers.volume, name="archive-volume"),
    path("objects/", archiving.objects, name="objects"),
]
