"""Routes of the agency's own forms, of copies on a roll, of question sets and of presence on a draft (/in/)."""

from django.urls import URLPattern, path

from mingcha.interfaces.workbench import asking, ownforms

_FORM = "layouts/<uuid:form_id>/"

urlpatterns: list[URLPattern] = [
    path("layouts/", ownforms.listing, name="own-forms"),
    path("layouts/new/", ownforms.new, name="own-form-new"),
    path("layouts/fields/", ownforms.fields, name="own-form-fields"),
    path(_FORM, ownforms.one, name="own-form"),
    path(f"{_FORM}use/", ownforms.use, name="own-form-use"),
    path(f"{_FORM}withdraw/", ownforms.withdraw, name="own-form-withdraw"),
    path(f"{_FORM}original/", ownforms.original, name="own-form-original"),
    path(f"{_FORM}trial/", ownforms.trial, name="own-form-trial"),
    path("documents/<uuid:document_id>/docx/", ownforms.paper, name="document-docx"),
    path("documents/<uuid:document_id>/roll/", ownforms.roll, name="document-roll"),
    path("questions/", asking.listing, name="questions"),
    path("questions/set/", asking.one, name="question-set"),
    path("cases/<uuid:case_id>/draft/<slug:kind>/presence/", asking.heartbeat, name="draft-presence"),
]
