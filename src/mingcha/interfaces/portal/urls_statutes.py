"""Routes of the portal for statutes, below /p/."""

from django.urls import path

from mingcha.interfaces.portal import statutes

urlpatterns = [
    path("laws/", statutes.laws, name="laws"),
    path("laws/article/", statutes.article, name="law-article"),
]
