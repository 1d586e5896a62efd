"""The public text of a decision as PDF (公示文本), newly set from what is public; its name and metadata tell nothing else."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from mingcha.common import clock
from mingcha.disclosure import queries
from mingcha.interfaces.gate import public
from mingcha.interfaces.portal.letter import Mark, compose
from mingcha.interfaces.portal.pages import fresh


@public
def pdf(request: HttpRequest, entry_id: uuid.UUID) -> HttpResponse:
    row = queries.entry(entry_id)
    if not queries.stands(row):
        gone = f"本决定已撤下。理由：{row.withdrawn_reason}\n"
        return fresh(HttpResponse(gone, status=410, content_type="text/plain; charset=utf-8"))
    marks = [Mark(place.start, place.end, "withheld") for place in queries.withheld(row)]
    lines = compose(
        row.content["text"],
        marks,
        authority=row.authority,
        title=row.content["title"],
        number=row.number,
        wrapped=row.source == "historic",
    )
    address = settings.BASE_URL + reverse("portal:decision", args=[row.id])
    hidden = [f"{item['label']}：{item['count']}处，依据{item['ground']}。" for item in row.content["hidden"]]
    closing = [
        "隐去的内容：" if hidden else "本公示文本没有隐去内容。",
        *hidden,
        "公开的文字与签发的文书逐句一致，可以在下面的地址核验；带下划线的替代文字不是原文。"
        if row.content.get("commitment")
        else "本文书签发时没有逐句承诺，公开以后没有改动，可以在下面的地址核验。",
        address,
    ]
    made = queries.public_pdf(
        queries.PublicText(
            title=f"公示文本 {row.number}".strip(),
            authority=row.authority,
            notice=[
                "公示文本，依法公开，不是决定书原件。" + ("部分内容依法隐去，隐去处加下划线。" if hidden else ""),
                f"公开日期：{clock.legal_day(row.published_at).isoformat()}。是否仍然有效，以下载后扫码查询为准。",
            ],
            lines=[
                (
                    line.kind,
                    [(part.text, part.mark is not None and part.mark.kind == "withheld") for part in line.parts],
                )
                for line in lines
            ],
            close=closing,
            foot=row.authority,
            address=address,
            moment=row.published_at,
        )
    )
    response = HttpResponse(made, content_type="application/pdf")
    response.headers["Content-Disposition"] = f'inline; filename="public-{row.id}.pdf"'
    return fresh(response)
