"""Routes of procedures: charts and editor (/in/)."""

from django.urls import path

from mingcha.interfaces.workbench import procedure_editor, procedures

_EDITION = "procedures/editions/<uuid:edition_id>/"
_SHIPPED = "procedures/shipped/<slug:code>/"
_DRAFT = "procedures/drafts/<uuid:draft_id>/"

urlpatterns = [
    path("procedures/", procedures.listing, name="procedures"),
    path("procedures/export.csv", procedures.export, name="procedures-export"),
    path("procedures/which/", procedures.which, name="procedure-which"),
    path(_EDITION, procedures.edition, name="procedure-edition"),
    path(f"{_EDITION}checklist/", procedures.edition_checklist, name="procedure-edition-checklist"),
    path(f"{_EDITION}compare/", procedures.compare, name="procedure-compare"),
    path(f"{_EDITION}file/<slug:form>/", procedures.edition_file, name="procedure-edition-file"),
    path(_SHIPPED, procedures.shipped, name="procedure-shipped"),
    path(f"{_SHIPPED}adopt/", procedures.adopt, name="procedure-adopt"),
    path(f"{_SHIPPED}checklist/", procedures.shipped_checklist, name="procedure-shipped-checklist"),
    path(f"{_SHIPPED}file/<slug:form>/", procedures.shipped_file, name="procedure-shipped-file"),
    path("procedures/drafts/new/", procedure_editor.begin, name="procedure-draft-new"),
    path(_DRAFT, procedure_editor.draft, name="procedure-draft"),
    path(f"{_DRAFT}changes/", procedure_editor.changes, name="procedure-draft-changes"),
    path(f"{_DRAFT}undo/", procedure_editor.undo, name="procedure-draft-undo"),
    path(f"{_DRAFT}submit/", procedure_editor.submit, name="procedure-draft-submit"),
    path(f"{_DRAFT}review/", procedure_editor.review, name="procedure-draft-review"),
    path(f"{_DRAFT}publish/", procedure_editor.publish, name="procedure-draft-publish"),
    path(f"{_DRAFT}discard/", procedure_editor.discard, name="procedure-draft-discard"),
]
