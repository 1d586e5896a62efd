"""Routes of the workbench (/in/)."""

from django.urls import path

from mingcha.interfaces.workbench import (
    cases,
    casework,
    drafting,
    files,
    home,
    people,
    records,
    sessions,
    urls_lists,
    urls_officials,
    urls_periods,
    urls_procedures,
    urls_statutes,
)

_CASE = "cases/<uuid:case_id>/"

urlpatterns = [
    path("", home.home, name="home"),
    path("sign-in/", sessions.sign_in, name="sign-in"),
    path("sign-out/", sessions.sign_out, name="sign-out"),
    path("me/", sessions.profile, name="profile"),
    path("cases/", cases.listing, name="cases"),
    path("cases/export.csv", cases.export, name="cases-export"),
    path("cases/new/", cases.new, name="case-new"),
    path(_CASE, casework.case, name="case"),
    path(f"{_CASE}move/<slug:to>/", casework.move, name="case-move"),
    path(f"{_CASE}party/", people.party, name="case-party"),
    path(f"{_CASE}handler/", people.handler, name="case-handler"),
    path(f"{_CASE}avoidance/", people.avoidance, name="case-avoidance"),
    path(f"{_CASE}avoidance/declare/", people.declare, name="case-declare"),
    path(f"{_CASE}avoidance/request/", people.request_avoidance, name="case-avoidance-request"),
    path(f"{_CASE}avoidance/<uuid:officer_id>/", people.decide_avoidance, name="case-avoidance-decide"),
    path(f"{_CASE}evidence/", records.evidence, name="case-evidence"),
    path(f"{_CASE}evidence/<uuid:evidence_id>/exclude/", records.exclude, name="case-evidence-exclude"),
    path(f"{_CASE}recording/", records.recording, name="case-recording"),
    path(f"{_CASE}recording/<str:matter>/excuse/", records.excuse, name="case-excuse"),
    path(f"{_CASE}statement/", records.statement, name="case-statement"),
    path(f"{_CASE}statement/<uuid:statement_id>/answer/", records.answer, name="case-answer"),
    path(f"{_CASE}payment/", records.payment, name="case-payment"),
    path(f"{_CASE}serve/<uuid:document_id>/", records.serve, name="case-serve"),
    path(f"{_CASE}draft/<slug:kind>/", drafting.draft, name="draft"),
    path(f"{_CASE}draft/<slug:kind>/save/", drafting.autosave, name="draft-save"),
    path(f"{_CASE}draft/<slug:kind>/gaps/", drafting.gaps, name="draft-gaps"),
    path(f"{_CASE}draft/<slug:kind>/preview/", drafting.preview, name="draft-preview"),
    path("documents/<uuid:document_id>/pdf/", files.pdf, name="document-pdf"),
    path("files/<str:sha256>/", files.stored, name="file"),
    *urls_officials.urlpatterns,
    *urls_statutes.urlpatterns,
    *urls_lists.urlpatterns,
    *urls_procedures.urlpatterns,
    *urls_periods.urlpatterns,
]
