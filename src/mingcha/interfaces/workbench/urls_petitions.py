"""Routes of letters (/in/petitions/)."""

from django.urls import path

from mingcha.interfaces.workbench import channel_steps, credit, petitions, progress_code, visits, yearbook

urlpatterns = [
    path("credit/", credit.board, name="credit"),
    path("credit/<uuid:decision_id>/", credit.one, name="credit-one"),
    path("credit/<uuid:decision_id>/ask/", credit.ask, name="credit-ask"),
    path("credit/<uuid:decision_id>/report/", channel_steps.report, name="channel-report"),
    path("credit/<uuid:decision_id>/end/", channel_steps.end, name="channel-end"),
    path("credit/end/<uuid:request_id>/", channel_steps.check_end, name="channel-end-answer"),
    path("credit/answer/<uuid:request_id>/", credit.answer, name="credit-answer"),
    path("yearbook/", yearbook.listing, name="yearbook"),
    path("yearbook/<uuid:draft_id>/", yearbook.one, name="yearbook-one"),
    path("yearbook/<uuid:draft_id>/sign/", yearbook.sign, name="yearbook-sign"),
    path("yearbook/<uuid:draft_id>/send/", yearbook.send, name="yearbook-send"),
    path("yearbook/<uuid:draft_id>/<str:key>/", yearbook.behind, name="yearbook-behind"),
    path("cases/<uuid:case_id>/progress-code/", progress_code.slip, name="case-progress-code"),
    path("cases/<uuid:case_id>/visit/", visits.visit, name="case-visit"),
    path("cases/<uuid:case_id>/visit/show/", visits.show, name="case-visit-show"),
    path("cases/<uuid:case_id>/visit/confirm/", visits.confirm, name="case-visit-confirm"),
    path("petitions/", petitions.listing, name="petitions"),
    path("petitions/petitions.<str:ending>", petitions.export, name="petitions-export"),
    path("petitions/<uuid:petition_id>/", petitions.one, name="petition"),
    path("petitions/<uuid:petition_id>/<slug:kind>/", petitions.step, name="petition-step"),
]
