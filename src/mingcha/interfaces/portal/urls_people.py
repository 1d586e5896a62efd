"""Routes of the portal for what people ask and send, below /p/."""

from django.urls import URLPattern, path

from mingcha.interfaces.portal import checking_file, during, petitions

urlpatterns: list[URLPattern] = [
    path("who/card/", during.card, name="card"),
    path("who/card/code.svg", during.card_code, name="card-code"),
    path("rights/", during.rights, name="rights"),
    path("case/", during.own_case, name="own-case"),
    path("screen/", during.screen, name="screen"),
    path("verify/file/", checking_file.file, name="verify-file"),
    path("letters/", petitions.write, name="petition"),
    path("letters/progress/", petitions.progress, name="petition-progress"),
]
