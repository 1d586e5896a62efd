"""Forms of the player: purpose, marker, still, transcript, share, copy with parts hidden."""

from __future__ import annotations

import re
from typing import Any

from django import forms

from mingcha.cases.choices import EvidenceKind
from mingcha.common.errors import InvalidInput
from mingcha.interfaces.workbench.base import Form, moment_field, text_area
from mingcha.recordings.deriving.rules import METHODS
from mingcha.recordings.models_watching import TranscriptOrigin
from mingcha.recordings.watching import terms

_MOMENT = re.compile(r"(?:([0-9]{1,3}):)?([0-9]{1,3}):([0-5]?[0-9])(?:\.([0-9]{1,3}))?\Z")
_PICK = [("", "请选择")]


def moment(text: str) -> int | None:
    """Milliseconds of 分:秒 or 时:分:秒, or None."""
    found = _MOMENT.match(text.strip().replace("：", ":"))
    if found is None:
        return None
    hours, minutes, seconds, rest = found.groups()
    return ((int(hours or 0) * 60 + int(minutes)) * 60 + int(seconds)) * 1000 + int((rest or "0").ljust(3, "0"))


class MomentField(forms.CharField):
    """A moment of a recording, typed as 分:秒 or taken over from the player."""

    widget = forms.TextInput(attrs={"data-moment": "", "inputmode": "text", "placeholder": "00:00.000"})

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        found = moment(text) if text else None
        if text and found is None:
            raise forms.ValidationError("请按“分:秒”填写时刻，例如 01:30.500。")
        return found


def _terms(found: dict[str, terms.Term]) -> list[tuple[str, str]]:
    return [*_PICK, *((code, term.plain) for code, term in found.items())]


class PurposeForm(Form):
    """For what a recording is opened or saved."""

    purpose = forms.ChoiceField(label="用途", choices=lambda: _terms(terms.purposes()))
    note = forms.CharField(
        label="用途说明", max_length=200, required=False, widget=text_area(2), help_text="选“其他”的必须填写。"
    )


class MarkerForm(Form):
    """A moment that matters and where it leads."""

    names = {"at_ms": "moment", "document_id": "target", "evidence_id": "target"}
    moment = MomentField(label="时刻", max_length=20)
    kind = forms.ChoiceField(label="种类", choices=lambda: _terms(terms.marker_kinds()))
    item = forms.ChoiceField(
        label="语音说明的项目",
        required=False,
        choices=lambda: _terms(terms.announcement()),
        help_text="种类选“语音说明”时填写。",
    )
    target = forms.ChoiceField(label="对应的记录", required=False)
    text = forms.CharField(label="说明", max_length=300, required=False, widget=text_area(2))

    def __init__(self, *args: Any, targets: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["target"].choices = [("", "不对应"), *targets]  # type: ignore[attr-defined]


class StillForm(Form):
    names = {"at_ms": "moment"}
    moment = MomentField(label="时刻", max_length=20)
    note = forms.CharField(label="截图说明", max_length=200, required=False)


class StillEvidenceForm(Form):
    """A still entered as evidence of the case."""

    kind = forms.ChoiceField(
        label="证据种类",
        choices=[(kind.value, kind.label) for kind in (EvidenceKind.AUDIOVISUAL, EvidenceKind.ELECTRONIC)],
    )
    name = forms.CharField(label="证据名称", max_length=120)
    proves = forms.CharField(label="证明内容", max_length=500, widget=text_area(3))


class TranscriptForm(Form):
    file = forms.FileField(
        label="文字稿", help_text="SRT、VTT 或者纯文本；纯文本可以在行首写时刻，例如 01:30 请出示证件。"
    )
    origin = forms.ChoiceField(label="来源", choices=[*_PICK, *TranscriptOrigin.choices])
    tool = forms.CharField(
        label="制作软件", max_length=60, required=False, help_text="机器生成的，写明软件名称和版本。"
    )


class ShareForm(Form):
    names = {"to_id": "to"}
    to = forms.ChoiceField(label="共享给")
    expires_at = moment_field("到期时间", help_text="最长30天，到期自动收回，也可以提前收回。")
    purpose = forms.ChoiceField(label="用途", choices=lambda: _terms(terms.purposes()))
    note = forms.CharField(label="用途说明", max_length=200, required=False, widget=text_area(2))

    def __init__(self, *args: Any, people: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].choices = [*_PICK, *people]  # type: ignore[attr-defined]


class EndShareForm(Form):
    reason = forms.CharField(label="收回的原因", max_length=200)


class SignOffForm(Form):
    """A second person looks and decides."""

    agreed = forms.ChoiceField(
        label="核对结论",
        choices=[("yes", "已看完全片，可以对外提供"), ("no", "不能对外提供")],
        widget=forms.RadioSelect,
    )
    note = forms.CharField(
        label="意见", max_length=500, required=False, widget=text_area(2), help_text="不同意的，写明哪里还要处理。"
    )


class DeriveForm(Form):
    """What is hidden, muted and left out, as lines that the player fills in or a person types."""

    names = {"plan": "areas"}
    purpose = forms.ChoiceField(label="提供给谁", choices=lambda: _terms(terms.derivation_purposes()))
    reason = forms.CharField(label="理由", max_length=500, widget=text_area(2))
    faces = forms.BooleanField(label="自动找出人脸并遮挡", required=False)
    areas = forms.CharField(
        label="遮挡区域",
        required=False,
        widget=text_area(4),
        max_length=20_000,
        help_text="每行一处：左 上 宽 高（占画面的百分比） 起—止，例如 25 30 20 15 00:10-00:20.5。",
    )
    mutes = forms.CharField(
        label="静音时段",
        required=False,
        widget=text_area(2),
        max_length=20_000,
        help_text="每行一段，例如 00:10-00:20.5。",
    )
    cuts = forms.CharField(
        label="剪去时段",
        required=False,
        widget=text_area(2),
        max_length=20_000,
        help_text="每行一段，例如 00:10-00:20.5。",
    )
    method = forms.ChoiceField(
        label="遮挡方式",
        choices=list(METHODS.items()),
        help_text="证件号码、车牌等文字请用纯色遮盖。两种方式都不能还原。",
    )

    def plan(self) -> dict[str, Any]:
        """The plan in numbers. Raises InvalidInput with the line that cannot be read."""
        found = self.cleaned_data
        return {
            "areas": [_area(line) for line in _lines(found["areas"])],
            "mutes": [list(_span(line, "mutes")) for line in _lines(found["mutes"])],
            "cuts": [list(_span(line, "cuts")) for line in _lines(found["cuts"])],
            "faces": bool(found["faces"]),
            "method": found["method"],
        }


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _span(line: str, name: str) -> tuple[int, int]:
    begin, _, end = re.sub(r"\s*[—–~至-]+\s*", "-", line).partition("-")
    one, two = moment(begin), moment(end)
    if one is None or two is None:
        raise InvalidInput({name: [f"“{line[:40]}”看不懂，请写成“起—止”，例如 00:10-00:20.5。"]})
    return one, two


def _area(line: str) -> list[int]:
    parts = line.replace("%", " ").replace("，", " ").replace(",", " ").split(None, 4)
    try:
        places = [round(float(part) * 10) for part in parts[:4]]
        span = _span(parts[4], "areas")
    except (IndexError, ValueError, OverflowError):
        raise InvalidInput({"areas": [f"“{line[:40]}”看不懂，请写成：左 上 宽 高 起—止。"]}) from None
    return [*places, *span]
