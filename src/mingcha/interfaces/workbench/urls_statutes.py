"""Routes of statutes and the institution's own rules (/in/)."""

from django.urls import path

from mingcha.interfaces.workbench import statutes, statutes_amendments, statutes_dates, statutes_rules

_RULES = "statutes/rules/"
_VERSION = f"{_RULES}versions/<uuid:version_id>/"
_AMENDMENTS = "statutes/amendments/"

urlpatterns = [
    path("statutes/", statutes.listing, name="statutes"),
    path("statutes/export.csv", statutes.export, name="statutes-export"),
    path("statutes/article/", statutes.article, name="statute-article"),
    path("statutes/laws/<uuid:law_id>/", statutes.law, name="statute-law"),
    path("statutes/dates/", statutes_dates.listing, name="statutes-dates"),
    path("statutes/dates/export.csv", statutes_dates.export, name="statutes-dates-export"),
    path("statutes/dates/<uuid:law_id>/", statutes_dates.confirm, name="statutes-date"),
    path(_RULES, statutes_rules.listing, name="rules"),
    path(f"{_RULES}export.csv", statutes_rules.export, name="rules-export"),
    path(f"{_RULES}new/", statutes_rules.new, name="rule-new"),
    path(f"{_RULES}handbook.pdf", statutes_rules.handbook_pdf, name="handbook"),
    path(f"{_RULES}files/<str:sha256>/", statutes_rules.original, name="rule-file"),
    path(f"{_RULES}<uuid:rule_id>/", statutes_rules.rule, name="rule"),
    path(f"{_RULES}<uuid:rule_id>/draft/", statutes_rules.draft, name="rule-draft"),
    path(_VERSION, statutes_rules.version, name="rule-version"),
    path(f"{_VERSION}edit/", statutes_rules.edit, name="rule-edit"),
    path(f"{_VERSION}issue/", statutes_rules.issue, name="rule-issue"),
    path(f"{_VERSION}filing/", statutes_rules.file, name="rule-filing"),
    path(f"{_VERSION}repeal/", statutes_rules.repeal, name="rule-repeal"),
    path(_AMENDMENTS, statutes_amendments.listing, name="amendments"),
    path(f"{_AMENDMENTS}new/", statutes_amendments.new, name="amendment-new"),
    path(f"{_AMENDMENTS}<uuid:amendment_id>/", statutes_amendments.amendment, name="amendment"),
    path(f"{_AMENDMENTS}<uuid:amendment_id>/again/", statutes_amendments.again, name="amendment-again"),
    path(f"{_AMENDMENTS}<uuid:amendment_id>/export.csv", statutes_amendments.export, name="amendment-export"),
    path("statutes/reexaminations/<uuid:reexamination_id>/", statutes_amendments.close, name="reexamination"),
]
