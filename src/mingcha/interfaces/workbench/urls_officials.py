"""Routes of reviewer, head, clerk, archivist, administrator and supervisor (/in/)."""

from django.urls import path

from mingcha.interfaces.workbench import deciding, publishing, review

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
]
