"""Routes of recordings: devices, inbox, hand-in, hand-over (/in/)."""

from django.urls import path

from mingcha.interfaces.workbench import devices, uploads
from mingcha.interfaces.workbench.urls_watching import urlpatterns as watching_routes

_DEVICE = "devices/<uuid:device_id>/"

urlpatterns = [
    path("recordings/upload/", uploads.several, name="recordings-upload"),
    path("uploads/", uploads.uploads, name="uploads"),
    path("uploads/<str:upload_id>", uploads.uploads, name="upload"),
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
