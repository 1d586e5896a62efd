"""Routes of the archive beside the dossier itself: reading, keeping, destruction, scanned paper (/in/)."""

from django.urls import path

from mingcha.interfaces.workbench import appeals, disposals, keeping, loans, purging, scans

_LOAN = "loans/<uuid:loan_id>/"
_KEPT = "keeping/<uuid:case_id>/"
_DISPOSAL = "disposals/<uuid:disposal_id>/"
_CLEARANCE = "purging/lists/<uuid:purge_id>/"

urlpatterns = [
    path("loans/", loans.listing, name="loans"),
    path("loans/export.<str:ending>", loans.export, name="loans-export"),
    path("loans/dossiers/", loans.dossiers, name="loan-dossiers"),
    path("loans/new/<uuid:case_id>/", loans.new, name="loan-new"),
    path(_LOAN, loans.one, name="loan"),
    path(f"{_LOAN}decide/", loans.decide, name="loan-decide"),
    path(f"{_LOAN}end/", loans.end, name="loan-end"),
    path(f"{_LOAN}copy/", loans.copy, name="loan-copy"),
    path(f"{_LOAN}copies/<uuid:copy_id>.pdf", loans.copied, name="loan-copied"),
    path(f"{_LOAN}read/<str:key>/", loans.read, name="loan-read"),
    path(f"{_LOAN}read/<str:key>/<int:number>.jpg", loans.picture, name="loan-page"),
    path("keeping/", keeping.due, name="keeping"),
    path("keeping/export.<str:ending>", keeping.export, name="keeping-export"),
    path(_KEPT, keeping.one, name="keeping-case"),
    path(f"{_KEPT}hold/", keeping.hold, name="keeping-hold"),
    path(f"{_KEPT}hold/<uuid:hold_id>/lift/", keeping.lift, name="keeping-lift"),
    path(f"{_KEPT}appraise/", keeping.appraise, name="keeping-appraise"),
    path(f"{_KEPT}lasting/", keeping.lasting, name="keeping-lasting"),
    path(f"{_KEPT}erase/", keeping.erase, name="keeping-erase"),
    path(f"{_KEPT}erase/<uuid:request_id>/", keeping.erase_decide, name="keeping-erase-decide"),
    path(f"{_KEPT}erase/<uuid:request_id>/refuse/", keeping.erase_refuse, name="keeping-erase-refuse"),
    path("cases/<uuid:case_id>/appeals/", appeals.listing, name="appeals"),
    path("cases/<uuid:case_id>/appeals/new/", appeals.new, name="appeal-new"),
    path("cases/<uuid:case_id>/appeals/<uuid:appeal_id>/end/", appeals.end, name="appeal-end"),
    path("disposals/", disposals.listing, name="disposals"),
    path(_DISPOSAL, disposals.one, name="disposal"),
    path(f"{_DISPOSAL}export.<str:ending>", disposals.export, name="disposal-export"),
    path(f"{_DISPOSAL}approve/", disposals.approve, name="disposal-approve"),
    path(f"{_DISPOSAL}close/", disposals.close, name="disposal-close"),
    path(f"{_DISPOSAL}run/", disposals.carry_out, name="disposal-run"),
    path("purging/", purging.due, name="purging"),
    path("purging/export.<str:ending>", purging.export, name="purging-export"),
    path("purging/lists/", purging.listing, name="purges"),
    path(_CLEARANCE, purging.one, name="purge"),
    path(f"{_CLEARANCE}export.<str:ending>", purging.saved, name="purge-export"),
    path(f"{_CLEARANCE}run/", purging.carry_out, name="purge-run"),
    path(f"{_CLEARANCE}close/", purging.close, name="purge-close"),
    path("scans/", scans.listing, name="scans"),
    path("scans/export.<str:ending>", scans.export, name="scans-export"),
    path("scans/new/", scans.new, name="scan-new"),
    path("scans/<uuid:scan_id>/", scans.one, name="scan"),
    path("scans/<uuid:scan_id>/<int:number>.jpg", scans.picture_of, name="scan-page"),
]
