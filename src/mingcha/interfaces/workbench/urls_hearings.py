"""Routes of hearings, collective discussion and outcomes (/in/)."""

from django.urls import path

from mingcha.interfaces.workbench import hearings, joint, sittings, together

_CASE = "cases/<uuid:case_id>/"

urlpatterns = [
    path("hearings/", sittings.hearings, name="hearings"),
    path("hearings/export.<str:ending>", sittings.export_hearings, name="hearings-export"),
    path("discussions/", sittings.discussions, name="discussions"),
    path("discussions/export.<str:ending>", sittings.export_discussions, name="discussions-export"),
    path(f"{_CASE}hearing/", hearings.hearing, name="hearing"),
    path(f"{_CASE}hearing/fix/", hearings.fix, name="hearing-fix"),
    path(f"{_CASE}hearing/attendee/", hearings.attendee, name="hearing-attendee"),
    path(f"{_CASE}hearing/record/", hearings.record, name="hearing-record"),
    path(f"{_CASE}hearing/terminate/", hearings.terminate, name="hearing-terminate"),
    path(f"{_CASE}hearing/report/", hearings.report, name="hearing-report"),
    path(f"{_CASE}discussion/", together.discussion, name="discussion"),
    path(f"{_CASE}discussion/convene/", together.convene, name="discussion-convene"),
    path(f"{_CASE}discussion/voice/", together.voice, name="discussion-voice"),
    path(f"{_CASE}discussion/conclude/", together.conclude, name="discussion-conclude"),
    path(f"{_CASE}transfer/", together.transfer, name="transfer-crime"),
    path(f"{_CASE}joint/", joint.joint, name="case-joint"),
    path(f"{_CASE}joint/add/", joint.add, name="case-joint-add"),
    path(f"{_CASE}joint/join/", joint.join, name="case-joint-join"),
    path(f"{_CASE}joint/<uuid:joining_id>/part/", joint.part, name="case-joint-part"),
    path(f"{_CASE}no-penalty/", together.waive, name="no-penalty"),
    path("decisions/<uuid:case_id>/change/", together.change, name="decision-change"),
]
