"""Routes of lists as editions and policy profiles (/in/)."""

from django.urls import URLPattern, path

from mingcha.interfaces.workbench import list_drafts, list_import, list_places, list_policy, lists, policy_parts

_EDITION = "lists/<uuid:edition_id>/"
_DRAFT = "lists/drafts/<uuid:draft_id>/"
_ENTRY = f"{_DRAFT}entries/<uuid:entry_id>/"

urlpatterns: list[URLPattern] = [
    path("lists/", lists.overview_page, name="lists"),
    path("lists/policy/", list_policy.policy, name="policy"),
    path("lists/policy/begin/", list_policy.begin, name="policy-begin"),
    path("lists/policy/edit/", list_policy.edit, name="policy-edit"),
    path("lists/policy/edit/<slug:name>/", list_policy.edit_value, name="policy-value"),
    path("lists/policy/parts/<slug:part>/", policy_parts.edit_part, name="policy-part"),
    path("lists/try/", list_policy.trying, name="list-try"),
    path("lists/kinds/<slug:kind>/begin/", list_drafts.begin, name="list-begin"),
    path("lists/kinds/<slug:kind>/superior/", lists.superior, name="list-superior"),
    path("lists/kinds/<slug:kind>/template.xlsx", list_drafts.template, name="list-template"),
    path(_DRAFT, list_drafts.draft_page, name="list-draft"),
    path(f"{_DRAFT}entries/new/", list_drafts.entry, name="list-entry-new"),
    path(_ENTRY, list_drafts.entry, name="list-entry"),
    path(f"{_ENTRY}save/", list_drafts.entry_save, name="list-entry-save"),
    path(f"{_ENTRY}act/<slug:act>/", list_drafts.entry_act, name="list-entry-act"),
    path(f"{_DRAFT}entries/remove/", list_places.remove_many, name="list-entries-remove"),
    path(f"{_DRAFT}entries/move/", list_places.move_to, name="list-entries-move"),
    path(f"{_DRAFT}draft.xlsx", list_drafts.draft_xlsx, name="list-draft-xlsx"),
    path(f"{_DRAFT}import/", list_import.importing, name="list-import"),
    path(f"{_DRAFT}import/<uuid:job_id>/", list_import.progress, name="list-import-job"),
    path(f"{_DRAFT}import/<uuid:job_id>/report.csv", list_import.import_report, name="list-import-report"),
    path(f"{_DRAFT}submit/", list_drafts.submit, name="list-submit"),
    path(f"{_DRAFT}review/", list_drafts.review, name="list-review"),
    path(f"{_DRAFT}publish/", list_drafts.publish, name="list-publish"),
    path(f"{_DRAFT}discard/", list_drafts.discard, name="list-discard"),
    path(f"{_DRAFT}back/<slug:act>/", list_drafts.back, name="list-back"),
    path(_EDITION, lists.edition_page, name="list-edition"),
    path(f"{_EDITION}export.<slug:form>", lists.export, name="list-export"),
    path(f"{_EDITION}diff/<uuid:other_id>/", lists.diff, name="list-diff"),
    path(f"{_EDITION}withdraw/", lists.withdraw, name="list-withdraw"),
]
