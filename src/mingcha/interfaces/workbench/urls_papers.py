"""Routes of documents: all papers of a case, their twins, approvals, the catalogue of forms (/in/)."""

from django.urls import path

from mingcha.interfaces.workbench import approving, checkups, circle, formbook, papers

_CASE = "cases/<uuid:case_id>/"

urlpatterns = [
    path(f"{_CASE}documents/", papers.papers, name="case-papers"),
    path(f"{_CASE}checkup/", checkups.checked, name="case-checkup"),
    path(f"{_CASE}circles/<slug:kind>/", circle.circle, name="case-circle"),
    path("documents/<uuid:document_id>/data/", papers.data, name="document-data"),
    path("approvals/", approving.listing, name="approvals"),
    path("approvals/<uuid:approval_id>/", approving.one, name="approval"),
    path("approvals/<uuid:approval_id>/withdraw/", approving.withdraw, name="approval-withdraw"),
    path("forms/", formbook.listing, name="forms"),
    path("forms/filing/", formbook.file, name="form-filing"),
    path("forms/<slug:kind>/", formbook.one, name="form"),
    path("forms/<slug:kind>/specimen.pdf", formbook.specimen_pdf, name="form-specimen"),
    path("forms/<slug:kind>/schema.json", formbook.schema_json, name="form-schema"),
]
