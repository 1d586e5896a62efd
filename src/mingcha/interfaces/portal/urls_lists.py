"""Routes of the portal for lists, below /p/."""

from django.urls import URLPattern, path

from mingcha.interfaces.portal import power

urlpatterns: list[URLPattern] = [
    path("how/<uuid:edition_id>/list.<slug:form>", power.edition_file, name="edition-file"),
    path("how/<uuid:edition_id>/application/<path:code>.pdf", power.application, name="application"),
    path("how/<uuid:edition_id>/example/<path:code>.pdf", power.example, name="application-example"),
    path("how/<uuid:edition_id>/changes/<uuid:other_id>/", power.edition_changes, name="edition-changes"),
]
