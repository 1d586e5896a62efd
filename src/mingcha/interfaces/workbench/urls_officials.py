"""Routes of reviewer, head, clerk, administrator and supervisor (/in/)."""

from django.urls import path

from mingcha.interfaces.workbench import (
    administration,
    deciding,
    publication_control,
    publishing,
    redoing,
    registering,
    review,
    review_acts,
    review_counsel,
    review_figures,
    review_queue,
    review_submit,
    supervising,
)

_PERSON = "administration/people/<uuid:officer_id>/"

urlpatterns = [
    path("review/", review_queue.queue, name="review"),
    path("review/<uuid:case_id>/", review.workplace, name="review-case"),
    path("review/<uuid:case_id>/act/<slug:name>/", review_acts.act, name="review-act"),
    path("review/<uuid:case_id>/notes/<uuid:note_id>/remove/", review_acts.remove_note, name="review-note-remove"),
    path("review/<uuid:case_id>/page/<uuid:document_id>/<int:number>/", review.sheet, name="review-page"),
    path("review/figures/", review_figures.figures, name="review-figures"),
    path("review/figures/<slug:form>/", review_figures.export, name="review-figures-export"),
    path("review/counsel/", review_counsel.pool, name="counsel"),
    path("review/counsel/<uuid:counsel_id>/end/", review_counsel.end, name="counsel-end"),
    path("consultations/", review_counsel.asked, name="consultations"),
    path("consultations/<uuid:consultation_id>/", review_counsel.consultation, name="consultation"),
    path(
        "consultations/<uuid:consultation_id>/originals/<uuid:evidence_id>/",
        review_counsel.original,
        name="consultation-file",
    ),
    path("cases/<uuid:case_id>/submit/", review_submit.submit, name="review-submit"),
    path("decisions/", deciding.listing, name="decisions"),
    path("decisions/<uuid:case_id>/", deciding.decide, name="decision-case"),
    path("decisions/<uuid:case_id>/return/", deciding.send_back, name="decision-return"),
    path("decisions/<uuid:case_id>/revoke/", deciding.revoke, name="decision-revoke"),
    path("decisions/<uuid:case_id>/redo/", redoing.redo, name="decision-redo"),
    path("publications/", publishing.queue, name="disclosure"),
    path("publications/<uuid:publication_id>/", publishing.item, name="disclosure-item"),
    path(
        "publications/<uuid:publication_id>/withhold/", publication_control.withhold, name="disclosure-withhold"
    ),
    path("publications/submissions/<uuid:submission_id>/", publication_control.answer, name="disclosure-answer"),
    path("publications/<uuid:publication_id>/withdraw/", publishing.withdraw, name="disclosure-withdraw"),
    path("supervision/", supervising.table, name="supervision"),
    path("administration/", administration.organisations, name="administration"),
    path("administration/organisations/new/", registering.organisation, name="administration-organisation-new"),
    path("administration/organisations/<uuid:organisation_id>/scan/", administration.scan, name="administration-scan"),
    path("administration/accountable/new/", registering.accountable, name="administration-accountable-new"),
    path("administration/people/", administration.people, name="administration-people"),
    path("administration/people/new/", registering.person, name="administration-person-new"),
    path(_PERSON, administration.person, name="administration-person"),
    path(f"{_PERSON}certificate/", registering.certificate, name="administration-certificate-new"),
    path(f"{_PERSON}certificate/<uuid:certificate_id>/suspend/", registering.suspend, name="administration-suspend"),
    path(f"{_PERSON}qualification/", registering.qualification, name="administration-qualification-new"),
    path(f"{_PERSON}role/", registering.role, name="administration-role-new"),
    path(f"{_PERSON}role/<uuid:grant_id>/end/", registering.end_role, name="administration-role-end"),
    path(f"{_PERSON}user/<str:state>/", registering.switch, name="administration-user-switch"),
    path(f"{_PERSON}password/", registering.password, name="administration-password"),
    path(f"{_PERSON}user/", registering.user, name="administration-user-new"),
    path("administration/ledger/", administration.log, name="administration-ledger"),
]
