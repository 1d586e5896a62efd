"""Inbox of recordings (音像收件箱): certain matches to confirm at once, the others with the reasons why not; corrections; secrets."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse

from mingcha.accounts import queries as accounts
from mingcha.accounts.actors import Actor
from mingcha.accounts.choices import Role
from mingcha.cases import access as cases
from mingcha.cases.models import Case
from mingcha.cases.queries import procedure
from mingcha.common import clock
from mingcha.common.errors import NotPermitted
from mingcha.files import tombstones
from mingcha.interfaces.gate import actor_of, officials, viewers
from mingcha.interfaces.workbench.base import acted, form_page, page, plainly, submitted
from mingcha.interfaces.workbench.files import respond
from mingcha.interfaces.workbench.recording_forms import AsideForm, GapForm, LiftForm, LinkForm, SecretForm
from mingcha.recordings import access, queries
from mingcha.recordings import actions as recordings
from mingcha.recordings.choices import Outcome
from mingcha.recordings.devices.rules import drift_words
from mingcha.recordings.handing.queries import due_of
from mingcha.recordings.matching import actions, rules
from mingcha.recordings.matching import queries as matching
from mingcha.recordings.models import Intake
from mingcha.recordings.secrets import actions as secrets
from mingcha.recordings.secrets import queries as secret_queries

_MOST_TARGETS = 10
_MOST_LOOKED = 20
INBOX_READERS = (Role.HANDLER, Role.UNIT_HEAD, Role.HEAD, Role.SUPERVISOR)
_LOOKED = "recordings-looked-at"


def minute(row: Intake) -> str:
    at = matching.corrected_start(row)
    return at.astimezone(clock.SHANGHAI).strftime("%Y-%m-%d %H:%M:%S") if at else "没有时间"


def _crumbs(*more: tuple[str, str]) -> list[tuple[str, str]]:
    return [("音像收件箱", reverse("recordings-inbox")), *more]


def title_of(case_id: uuid.UUID, matter: str, intake: Intake) -> str:
    case = Case.objects.get(id=case_id)
    plain = next((item["plain"] for item in queries.entries(case) if item["code"] == matter), "")
    return (plain or intake.name)[:120]


@officials(*INBOX_READERS)
def received(request: HttpRequest, intake_id: uuid.UUID) -> HttpResponse:
    """One received recording: what is known, what was said about it, and the cases it may belong to with every fact."""
    actor = actor_of(request)
    row = access.intake(actor, intake_id)
    if request.method == "POST":
        acted(request, lambda: str(actions.look(row.id, actor=actor).id))
        request.session[_LOOKED] = [*request.session.get(_LOOKED, [])[-_MOST_LOOKED:], str(row.id)]
        return redirect("recording-received", row.id)
    standing, match = matching.standing(row), matching.proposed(actor, [row])[row.id]
    looked, due = matching.seen(row), due_of(row)
    mark = secret_queries.of_intake(actor, row)
    open_for = row.organisation_id == actor.organ_id
    secret = any(item.outcome == Outcome.SECRET for item in standing)
    aside = any(item.outcome == Outcome.UNRELATED for item in standing)
    # Only what stood as unrelated can have been cleared; anything else is told by its case.
    gone = tombstones.buried([row.file_id]).get(row.file_id) if aside else None
    context = {
        "row": row,
        "gone": gone,
        "facts": [
            {"label": "录制开始", "value": minute(row)},
            {"label": "设备时钟", "value": drift_words(looked.drift)},
            {"label": "时长", "value": "不知道" if row.duration_ms is None else f"{row.duration_ms // 1000}秒"},
            {"label": "设备", "value": row.device_no or "文件里没有"},
            {"label": "当时领用", "value": looked.holder or "不知道"},
            {"label": "录制人", "value": looked.officer or "文件里没有"},
            {"label": "地点", "value": looked.place or "文件里没有"},
            {"label": "交来", "value": f"{row.received_name}，{row.get_origin_display()}"},
            {"label": "入库", "value": row.received_at.astimezone(clock.SHANGHAI).strftime("%Y-%m-%d %H:%M")},
            {
                "label": "应当入库",
                "value": due.value.isoformat() if due and due.value else "没有期限",
                "explained": plainly(due) if due else None,
            },
            {"label": "SHA-256", "value": row.file_id, "mono": True},
        ],
        "media": row.file.media_type.partition("/")[0] if str(row.id) in request.session.get(_LOOKED, []) else "",
        "history": matching.history(row),
        "standing": standing,
        "match": plainly(rules.grounds(match)),
        "fits": [] if standing else match.value[:_MOST_TARGETS],
        "may_link": actor.has(Role.HANDLER) and open_for and not secret and gone is None,
        "may_aside": open_for and not secret and not aside,
        "may_mark": actor.has(Role.HEAD) and open_for and mark is None and gone is None,
        "mark": mark,
        "circle": secret_queries.circle(mark) if mark else [],
        "may_lift": actor.has(Role.HEAD) and mark is not None,
    }
    return page(
        request,
        "workbench/recordings/received.html",
        context,
        title=row.name,
        crumbs=_crumbs(),
        active="recordings-inbox",
    )


@viewers(*INBOX_READERS)
def media(request: HttpRequest, intake_id: uuid.UUID) -> HttpResponseBase:
    """The bytes of a received recording, once it is on record that this person looks at it."""
    row = access.intake(actor_of(request), intake_id)
    if str(row.id) not in request.session.get(_LOOKED, []):
        raise NotPermitted(message="请先在这段音像的页面点“查看”，查看会记入账本。")
    return respond(request, row.file_id, row.name)


@officials(Role.HANDLER)
def assign(request: HttpRequest, intake_id: uuid.UUID) -> HttpResponse:
    """Assign a recording, or correct where it was assigned."""
    actor = actor_of(request)
    row = access.intake(actor, intake_id)
    before = next(iter(matching.standing(row)), None)
    match = matching.proposed(actor, [row])[row.id]
    form = LinkForm(request.POST or None, initial={"title": row.name[:120], "target": _first(match)})
    form.fields["target"].choices = _targets(actor, [fit.case_id for fit in match.value])  # type: ignore[attr-defined]
    if row.started_at is not None:
        del form.fields["started_at"]
    if before is None:
        del form.fields["reason"]

    def act(cleaned: dict[str, Any]) -> str:
        case_id, stage, matter = str(cleaned["target"]).split("|")
        linked = actions.link(
            row.id, actor=actor, case_id=uuid.UUID(case_id), stage=stage, matter=matter, title=cleaned["title"],
            started_at=cleaned.get("started_at"), reason=cleaned.get("reason", ""),
            replaces=before.id if before else None, grounds=rules.grounds(match),
        )  # fmt: skip
        return str(linked.case_id)

    if request.method == "POST" and submitted(request, form, act):
        messages.success(request, "已归入案件。")
        return redirect("recording-received", row.id)
    return form_page(
        request,
        form,
        title="更正归属" if before else "归入案件",
        submit="归入",
        crumbs=_crumbs((row.name, reverse("recording-received", args=[row.id]))),
        active="recordings-inbox",
        cancel_url=reverse("recording-received", args=[row.id]),
        lead=match.steps[0] + (match.steps[1] if len(match.steps) > 1 else ""),
    )


def _first(match: Any) -> str:
    best = match.value[0] if match.value else None
    return f"{best.case_id}|{best.stage}|{best.matter}" if best and best.matter else ""


def _targets(actor: Actor, keys: list[uuid.UUID]) -> list[tuple[str, list[tuple[str, str]]]]:
    """Cases of the acting handler, those that fit first, each with the entries of its list."""
    own = [row.case_id for row in matching.candidates(actor, actor.organ_id, [actor.officer_id])]
    order = list(dict.fromkeys([*(key for key in keys if key in own), *own]))[:_MOST_TARGETS]
    found = cases.visible(actor).select_related("organisation").in_bulk(order)
    groups = []
    for key in order:
        stages = procedure(found[key]).stages
        rows = [
            (f"{key}|{item['stage']}|{item['code']}", f"{stages[item['stage']].name}：{item['plain']}")
            for item in queries.entries(found[key])
            if item["stage"] in stages
        ]
        if rows:
            groups.append((str(found[key]), rows))
    return groups


@officials(*INBOX_READERS)
def aside(request: HttpRequest, intake_id: uuid.UUID) -> HttpResponse:
    """Say that a recording concerns no case."""
    actor = actor_of(request)
    row = access.intake(actor, intake_id)
    before = next(iter(matching.standing(row)), None)
    form = AsideForm(request.POST or None)
    if request.method == "POST" and submitted(
        request,
        form,
        lambda cleaned: str(
            actions.set_aside(row.id, actor=actor, replaces=before.id if before else None, **cleaned).id
        ),
    ):
        messages.success(request, "已确定与案件无关。")
        return redirect("recording-received", row.id)
    return form_page(
        request,
        form,
        title="与案件无关",
        submit="确定",
        crumbs=_crumbs((row.name, reverse("recording-received", args=[row.id]))),
        active="recordings-inbox",
        cancel_url=reverse("recording-received", args=[row.id]),
    )


@officials(Role.HEAD)
def keep_apart(request: HttpRequest, intake_id: uuid.UUID) -> HttpResponse:
    """Put one recording under a secret mark."""
    actor = actor_of(request)
    row = access.intake(actor, intake_id)
    return _marked(
        request, lambda cleaned: secrets.mark_intake(row.id, actor=actor, **cleaned), "recordings-inbox", [], row.name
    )


@officials(Role.HEAD)
def case_apart(request: HttpRequest, case_id: uuid.UUID) -> HttpResponse:
    """Put all recordings of a case under a secret mark, or lift it."""
    actor = actor_of(request)
    case = cases.case(actor, case_id)
    mark = secret_queries.of_case(actor, case)
    if mark is not None:
        return _lift(request, mark.id, reverse("case", args=[case.id]))
    return _marked(
        request, lambda cleaned: secrets.mark_case(case.id, actor=actor, **cleaned), "case", [case.id], str(case)
    )


def _marked(request: HttpRequest, act: Any, route: str, args: list[Any], name: str) -> HttpResponse:
    actor = actor_of(request)
    form = SecretForm(request.POST or None)
    staff = [
        row
        for row in accounts.staff(actor.jurisdiction).prefetch_related(None)
        if (row.organisation.organ_id or row.organisation_id) == actor.organ_id
    ]
    form.fields["readers"].choices = [  # type: ignore[attr-defined]
        (str(row.id), f"{row.name}　{row.organisation.name}") for row in staff
    ]

    def run(cleaned: dict[str, Any]) -> str:
        readers = [uuid.UUID(value) for value in cleaned["readers"]]
        return str(act({"ground": cleaned["ground"], "readers": readers}).id)

    if request.method == "POST" and submitted(request, form, run):
        messages.success(request, "已另行保管，只有指定的人员可以查看。")
        return redirect(route, *args)
    return form_page(
        request,
        form,
        title=f"涉密另行保管：{name}",
        submit="另行保管",
        active="recordings-inbox",
        cancel_url=reverse(route, args=args),
        danger=True,
        lead="标记以后，除指定的人员以外，任何人（包括您本人）在名单、检索、统计、播放和导出中都看不到，只看到数量。",
    )


@officials(Role.HEAD)
def lift(request: HttpRequest, mark_id: uuid.UUID) -> HttpResponse:
    """Lift a secret mark."""
    return _lift(request, mark_id, reverse("recordings-inbox"))


def _lift(request: HttpRequest, mark_id: uuid.UUID, back: str) -> HttpResponse:
    actor = actor_of(request)
    form = LiftForm(request.POST or None)
    if request.method == "POST" and submitted(
        request, form, lambda cleaned: str(secrets.lift(mark_id, actor=actor, **cleaned).mark_id)
    ):
        messages.success(request, "已解除涉密标记。")
        return redirect(back)
    return form_page(
        request,
        form,
        title="解除涉密标记",
        submit="解除",
        crumbs=_crumbs(),
        active="recordings-inbox",
        cancel_url=back,
        danger=True,
        lead="由没有作出标记的另一名机关负责人办理。解除以后，有权查看本案或者收件箱的人都能看到这些音像；"
        "标记、解除的依据和办理的人留在账本里。解密应当有定密机关的决定或者保密期限届满（保守国家秘密法）。",
        confirm="解除以后，音像不再另行保管。",
    )


@officials(Role.HANDLER)
def gap(request: HttpRequest, case_id: uuid.UUID, after: uuid.UUID, before: uuid.UUID) -> HttpResponse:
    """Explain an interruption of a whole recording."""
    actor = actor_of(request)
    case = cases.own_case(actor, case_id)
    found = [row for part, _ in queries.broken(case).values() for row in part]
    row = next((row for row in found if (row.after.key, row.before.key) == (after, before)), None)
    form = GapForm(request.POST or None)
    if request.method == "POST" and submitted(
        request,
        form,
        lambda cleaned: str(recordings.explain_gap(case.id, actor=actor, after=after, before=before, **cleaned).id),
    ):
        messages.success(request, "已说明中断的原因。")
        return redirect("case", case.id)
    return form_page(
        request,
        form,
        title="说明全程记录的中断",
        submit="提交说明",
        crumbs=[("案件", reverse("cases")), (str(case), reverse("case", args=[case.id]))],
        cancel_url=reverse("case", args=[case.id]),
        lead=f"{row.text}。" if row else "",
    )
