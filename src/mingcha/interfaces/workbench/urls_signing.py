"""Routes of signatures and seals (/in/)."""

from django.urls import path

from mingcha.interfaces.workbench import signing

_DOCUMENT = "documents/<uuid:document_id>/"

urlpatterns = [
    path(f"{_DOCUMENT}signatures/", signing.standing, name="document-signatures"),
    path(f"{_DOCUMENT}signatures/pad/", signing.pad, name="document-sign-pad"),
    path(f"{_DOCUMENT}signatures/refusal/", signing.refusal, name="document-sign-refusal"),
    path(f"{_DOCUMENT}signatures/paper/", signing.paper, name="document-sign-paper"),
    path(f"{_DOCUMENT}signatures/<uuid:signature_id>.svg", signing.strokes, name="document-strokes"),
    path(f"{_DOCUMENT}signed.pdf", signing.signed_pdf, name="document-signed-pdf"),
]
