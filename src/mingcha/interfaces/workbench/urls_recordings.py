"""Routes of recordings: devices, inbox, hand-in, hand-over (/in/)."""

from django.urls import path

from mingcha.interfaces.workbench import devices, recording_inbox, recording_listing, recording_watch, uploads
from mingcha.interfaces.workbench.urls_watching import urlpatterns as watching_routes

_DEVICE = "devices/<uuid:device_id>/"
_RECEIVED = "recordings/received/<uuid:intake_id>/"
_HANDOVER = "recordings/handover/<uuid:handover_id>/"

urlpatterns = [
    path("recordings/upload/", uploads.several, name="recordings-upload"),
    path("uploads/", uploads.uploads, name="uploads"),
    path("uploads/<str:upload_id>", uploads.uploads, name="upload"),
    path("recordings/inbox/", recording_listing.inbox, name="recordings-inbox"),
    path("recordings/inbox/export.<str:ending>", recording_listing.export_inbox, name="recordings-inbox-export"),
    path(_RECEIVED, recording_inbox.received, name="recording-received"),
    path(f"{_RECEIVED}media", recording_inbox.media, name="recording-media"),
    path(f"{_RECEIVED}assign/", recording_inbox.assign, name="recording-assign"),
    path(f"{_RECEIVED}confirm/", recording_listing.confirm_one, name="recording-confirm"),
    path(f"{_RECEIVED}aside/", recording_inbox.aside, name="recording-aside"),
    path(f"{_RECEIVED}apart/", recording_inbox.keep_apart, name="recording-apart"),
    path("recordings/secrets/<uuid:mark_id>/", recording_inbox.lift, name="recording-lift"),
    path("cases/<uuid:case_id>/recordings/apart/", recording_inbox.case_apart, name="case-recordings-apart"),
    path(
        "cases/<uuid:case_id>/recordings/gap/<uuid:after>/<uuid:before>/",
        recording_inbox.gap,
        name="case-recording-gap",
    ),
    path("recordings/watch/", recording_watch.watch, name="recordings-watch"),
    path("recordings/watch/export.<str:ending>", recording_watch.watch_export, name="recordings-watch-export"),
    path("recordings/handover/", recording_watch.handovers, name="recordings-handover"),
    path("recordings/handover/new/", recording_watch.prepare, name="handover-new"),
    path(_HANDOVER, recording_watch.one, name="handover"),
    path(f"{_HANDOVER}manifest.zip", recording_watch.package, name="handover-package"),
    path(f"{_HANDOVER}receipt/", recording_watch.receipt, name="handover-receipt"),
    path("devices/", devices.listing, name="devices"),
    path("devices/export.<str:ending>", devices.export, name="devices-export"),
    path("devices/new/", devices.new, name="device-new"),
    path("devices/standard/", devices.standard, name="device-standard"),
    path(_DEVICE, devices.one, name="device"),
    path(f"{_DEVICE}allocate/", devices.allocate, name="device-allocate"),
    path(f"{_DEVICE}check/", devices.check, name="device-check"),
    path(f"{_DEVICE}note/", devices.note, name="device-note"),
    *watching_routes,
]
