"""Routes of periods and the working calendar (/in/)."""

from django.urls import URLPattern, path

from mingcha.interfaces.workbench import periods, periods_calendar, periods_case, periods_rules

_CASE = "periods/cases/<uuid:case_id>/"
_PERIOD = f"{_CASE}<uuid:period_id>/"

urlpatterns: list[URLPattern] = [
    path("periods/", periods.listing, name="periods"),
    path("periods/export.csv", periods.export, name="periods-export"),
    path("periods/notices/", periods.notices, name="periods-notices"),
    path("periods/rules/", periods_rules.rules, name="periods-rules"),
    path("periods/rules/<str:rule_id>/", periods_rules.rule, name="period-rule"),
    path("periods/calendar/", periods_calendar.year, name="periods-calendar"),
    path("periods/calendar/edit/", periods_calendar.edit, name="periods-year"),
    path("periods/calendar/continue/", periods_calendar.carry_on, name="periods-continue"),
    path("periods/calendar/<int:number>/", periods_calendar.year, name="periods-calendar-year"),
    path(_CASE, periods_case.case, name="periods-case"),
    path(f"{_PERIOD}pause/", periods_case.pause, name="period-pause"),
    path(f"{_PERIOD}resume/", periods_case.resume, name="period-resume"),
    path(f"{_PERIOD}extend/", periods_case.extend, name="period-extend"),
]
