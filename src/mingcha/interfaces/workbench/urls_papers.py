"""Routes of documents: all papers of a case, their twins, approvals, the catalogue of forms (/in/)."""

from django.urls import path

from mingcha.interfaces.workbench import approving, checkups, papers

_CASE = "cases/<uuid:case_id>/"

urlpatterns = [
    path(f"{_CASE}documents/", papers.papers, name="case-papers"),
    path(f"{_CASE}checkup/", checkups.checked, name="case-checkup"),
    path("documents/<uuid:document_id>/data/", papers.data, name="document-data"),
    path("approvals/", approving.listing, name="approvals"),
    path("approvals/<uuid:approval_id>/", approving.one, name="approval"),
    path("approvals/<uuid:approval_id>/withdraw/", approving.withdraw, name="approval-withdraw"),
]
