"""Routes of reviewer, head, clerk, administrator and supervisor (/in/)."""

from django.urls import path

from mingcha.interfaces.workbench import (
    administration,
    deciding,
    publishing,
    registering,
    review,
    supervising,
)

_PERSON = "administration/people/<uuid:officer_id>/"

urlpatterns = [
    path("review/", review.queue, name="review"),
    path("review/<uuid:case_id>/", review.workplace, name="review-case"),
    path("cases/<uuid:case_id>/submit/", review.submit, name="review-submit"),
    path("decisions/", deciding.listing, name="decisions"),
    path("decisions/<uuid:case_id>/", deciding.decide, name="decision-case"),
    path("decisions/<uuid:case_id>/return/", deciding.send_back, name="decision-return"),
    path("decisions/<uuid:case_id>/revoke/", deciding.revoke, name="decision-revoke"),
    path("publications/", publishing.queue, name="disclosure"),
    path("publications/<uuid:publication_id>/", publishing.item, name="disclosure-item"),
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
