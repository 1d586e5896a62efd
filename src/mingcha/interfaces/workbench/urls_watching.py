"""Routes of the player: purpose, stream, markers, stills, transcripts, shares, copies, lists (/in/)."""

from django.urls import path

from mingcha.interfaces.workbench import copies, viewings, watching, watching_sharing

_ONE = "recordings/<uuid:recording_id>/"
_COPY = "recordings/derivatives/<uuid:derivation_id>/"

urlpatterns = [
    path("recordings/shared/", viewings.shared, name="watching"),
    path("recordings/derivatives/", viewings.derivations, name="derivations"),
    path("recordings/derivatives/export.<str:ending>", viewings.derivations_export, name="derivations-export"),
    path("recordings/viewings/", viewings.log, name="viewings"),
    path("recordings/viewings/export.<str:ending>", viewings.export, name="viewings-export"),
    path("recordings/stills/<uuid:still_id>/", watching.still, name="recording-still"),
    path("recordings/stills/<uuid:still_id>/evidence/", watching.still_evidence, name="recording-still-evidence"),
    path("recordings/saved/<uuid:viewing_id>/", watching_sharing.saved, name="recording-saved"),
    path(_ONE, watching.player, name="recording"),
    path(f"{_ONE}stream/", watching.stream, name="recording-stream"),
    path(f"{_ONE}download/", watching_sharing.download, name="recording-download"),
    path(f"{_ONE}mark/", watching.mark, name="recording-mark"),
    path(f"{_ONE}still/", watching.grab, name="recording-grab"),
    path(f"{_ONE}transcript/", watching.transcript, name="recording-transcript"),
    path(f"{_ONE}share/", watching_sharing.share, name="recording-share"),
    path(f"{_ONE}share/<uuid:share_id>/end/", watching_sharing.end_share, name="recording-share-end"),
    path(f"{_ONE}copy/", copies.copy, name="recording-copy"),
    path(f"{_ONE}derive/", copies.derive, name="recording-derive"),
    path(_COPY, copies.one, name="derivation"),
    path(f"{_COPY}progress/", copies.progress, name="derivation-progress"),
    path(f"{_COPY}stream/", copies.stream, name="derivation-stream"),
    path(f"{_COPY}sheet/", copies.sheet, name="derivation-sheet"),
    path(f"{_COPY}download/", copies.download, name="derivation-download"),
]
