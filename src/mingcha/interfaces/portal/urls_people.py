"""Routes of the portal for what people ask and send, below /p/."""

from django.urls import URLPattern, path

from mingcha.interfaces.portal import channels, checking_file, during, petitions, statistics, subscribing

urlpatterns: list[URLPattern] = [
    path("embed/", channels.embed, name="embed"),
    path("channels/", channels.channels, name="channels"),
    path("channels/card/", channels.notice_card, name="notice-card"),
    path("channels/code.svg", channels.site_code, name="site-code"),
    path("decisions/<uuid:entry_id>/post/", channels.post, name="post"),
    path("statistics/", statistics.figures, name="statistics"),
    path("statistics/<int:year>/", statistics.yearly, name="yearly"),
    path("statistics/<int:year>.csv", statistics.yearly_file, name="yearly-file"),
    path("statistics/<int:year>.xlsx", statistics.yearly_sheet, name="yearly-sheet"),
    path("who/card/", during.card, name="card"),
    path("who/photo/<uuid:officer_id>.jpg", during.portrait, name="portrait"),
    path("who/card/code.svg", during.card_code, name="card-code"),
    path("rights/", during.rights, name="rights"),
    path("visit/<str:code>/", during.visit, name="visit"),
    path("case/", during.own_case, name="own-case"),
    path("screen/", during.screen, name="screen"),
    path("verify/file/", checking_file.file, name="verify-file"),
    path("letters/", petitions.write, name="petition"),
    path("letters/progress/", petitions.progress, name="petition-progress"),
    path("subscriptions/", subscribing.subscribe, name="subscribe"),
    path("subscriptions/confirm/<str:token>/", subscribing.confirm, name="subscription-confirm"),
    path("subscriptions/end/<str:token>/", subscribing.end, name="subscription-end"),
]
