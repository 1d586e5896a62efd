"""Routes of the public portal, below /p/."""

from django.urls import path, register_converter

from mingcha.interfaces.portal import (
    hearings,
    opendata,
    openness,
    power,
    results,
    signatures,
    urls_lists,
    urls_procedures,
    urls_statutes,
    verifying,
)

register_converter(opendata.Month, "month")
app_name = "portal"
urlpatterns = [
    path("", results.home, name="home"),
    path("decisions/", results.results, name="results"),
    path("decisions/<uuid:entry_id>/", results.decision, name="decision"),
    path("decisions/<uuid:entry_id>/proof.json", results.proof, name="proof"),
    path("decisions/<uuid:entry_id>/signed.pdf", results.signed, name="signed"),
    path("decisions/<uuid:entry_id>/text.txt", results.text, name="text"),
    path("decisions/<uuid:entry_id>/code.svg", results.code, name="code"),
    path("timeliness/", results.timeliness, name="timeliness"),
    path("verify/", verifying.verify, name="verify"),
    path("verify/pdf/", signatures.signatures, name="signatures"),
    path("verify/bundle/", verifying.upload, name="upload"),
    path("verify/<uuid:document_id>/", verifying.document, name="document"),
    path("who/", power.who, name="who"),
    path("who/officers/", power.officers, name="officers"),
    path("how/", power.how, name="how"),
    path("how/<uuid:edition_id>/", power.edition, name="edition"),
    path("how/<uuid:edition_id>.json", power.edition_json, name="edition-json"),
    path("hearings/", hearings.board, name="hearings"),
    path("log/", openness.log, name="log"),
    path("log/<slug:name>/key.txt", openness.key, name="key"),
    path("log/files/<slug:name>/<path:path>", openness.log_file, name="log-file"),
    path("search/", results.everywhere, name="everywhere"),
    path("search/names.json", results.suggestions, name="suggestions"),
    path("search/decisions.<slug:form>", opendata.found, name="results-file"),
    path("data/", opendata.data, name="data"),
    path("data/decisions.jsonl", opendata.whole, name="jsonl"),
    path("data/decisions.atom", opendata.feed, name="feed"),
    path("data/datapackage.json", opendata.package, name="package"),
    path("data/decisions-<month:month>.<slug:form>", opendata.month, name="month"),
    path("sitemap.xml", opendata.sitemap, name="sitemap"),
    path("sitemap-<month:month>.xml", opendata.sitemap_month, name="sitemap-month"),
    path("map/", openness.site_map, name="map"),
    path("contact/", openness.contact, name="contact"),
    path("accessibility/", openness.accessibility, name="accessibility"),
    *urls_lists.urlpatterns,
    *urls_procedures.urlpatterns,
    *urls_statutes.urlpatterns,
]
