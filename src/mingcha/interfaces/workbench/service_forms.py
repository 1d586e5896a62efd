"""Forms of service, of void papers, corrections and pads. A service form shows only what its mode needs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms

from mingcha.cases.models import Party
from mingcha.documents.choices import AttemptOutcome, Relation, ServiceMode
from mingcha.documents.models import Document
from mingcha.documents.serving.rules import law, needs
from mingcha.interfaces.workbench.base import Form, moment_field, text_area

CHANNELS = [("mail", "电子邮件"), ("fax", "传真"), ("sms", "短信平台"), ("app", "应用程序")]
_PROOFS = {
    "direct": "签收的照片或者扫描件，可以不传。",
    "left": "照片或者录像；没有见证人的必须上传。",
    "electronic": "到达当事人系统的记录（截图、回执）。",
    "post": "收件人签收的邮寄回执。",
    "entrusted": "受委托机关寄回的送达回证。",
    "forwarded": "转交机关寄回的送达回证。",
    "announcement": "公告文本和发布的证明（截图、报纸、张贴照片）。",
}
_TIMES = {
    "direct": "签收时间",
    "left": "留置时间",
    "electronic": "到达时间",
    "post": "回执上的收件时间",
    "entrusted": "签收时间",
    "forwarded": "签收时间",
    "announcement": "公告发出时间",
}
_PLACES = {"electronic": "系统和账号", "announcement": "张贴或者发布的地点", "post": "收件地址"}


class ServeForm(Form):
    """Service (送达) in one mode; the fields of the others are not there."""

    mode = forms.ChoiceField(label="送达方式", widget=forms.RadioSelect)
    also = forms.MultipleChoiceField(
        label="同时交付的其他文书",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="一并写在同一份送达回证上。",
    )
    sent_at = moment_field("交邮时间", required=False)
    served_at = moment_field("送达时间")
    place = forms.CharField(label="送达地点", max_length=200)
    receiver = forms.CharField(label="签收人", max_length=60, required=False)
    relation = forms.ChoiceField(label="签收人与受送达人的关系", required=False)
    tracking = forms.CharField(label="邮件编号", max_length=60, required=False)
    outlet = forms.CharField(label="公告媒体", max_length=200, required=False)
    agency = forms.CharField(label="受委托或者转交的机关", max_length=100, required=False)
    letter = forms.CharField(label="委托函文号", max_length=60, required=False)
    refusal = forms.CharField(label="拒收事由", max_length=300, required=False, widget=text_area(2))
    witness = forms.CharField(label="见证人姓名", max_length=60, required=False)
    witness_unit = forms.CharField(label="见证人所在的基层组织或者单位", max_length=100, required=False)
    evidence = forms.FileField(label="送达凭证", required=False)
    note = forms.CharField(label="备注", max_length=300, required=False)
    names = {"witnesses": "witness", "media": "outlet"}

    def __init__(self, *args: Any, mode: str, party: Party, others: Sequence[Document] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        wanted = {{"media": "outlet"}.get(name, name) for name in needs(mode)}
        self.fields["mode"].choices = [(mode, ServiceMode(mode).label)]  # type: ignore[attr-defined]
        self.fields["mode"].initial = mode
        allowed = law()["receivers"][party.kind]
        self.fields["relation"].choices = [(name, Relation(name).label) for name in allowed]  # type: ignore[attr-defined]
        self.fields["also"].choices = [(str(row.id), str(row)) for row in others]  # type: ignore[attr-defined]
        self.fields["served_at"].label = _TIMES[mode]
        self.fields["place"].label = _PLACES.get(mode, "送达地点")
        self.fields["evidence"].help_text = _PROOFS[mode]
        drop = {"sent_at", "receiver", "relation", "tracking", "outlet", "agency", "letter", "refusal"} - wanted
        if "witness_or_evidence" not in wanted:
            drop |= {"witness", "witness_unit"}
        if not others:
            drop.add("also")
        for name in drop:
            del self.fields[name]
        for name in wanted & set(self.fields):
            self.fields[name].required = True


def told(cleaned: dict[str, Any]) -> dict[str, Any]:
    """What the form says, as the action takes it."""
    name, unit = cleaned.pop("witness", ""), cleaned.pop("witness_unit", "")
    cleaned.setdefault("relation", "")
    if "outlet" in cleaned:
        cleaned["media"] = cleaned.pop("outlet")
    return cleaned | {"witnesses": [{"name": name, "unit": unit}] if name or unit else []}


class AttemptForm(Form):
    """An attempt at service that did not succeed."""

    mode = forms.ChoiceField(
        label="尝试的送达方式",
        choices=[row for row in ServiceMode.choices if row[0] not in ("left", "announcement")],
        widget=forms.RadioSelect,
        initial=ServiceMode.DIRECT,
    )
    outcome = forms.ChoiceField(label="没有送达的原因", choices=AttemptOutcome.choices, widget=forms.RadioSelect)
    tried_at = moment_field("时间")
    place = forms.CharField(label="地点或者账号", max_length=200)
    account = forms.CharField(
        label="经过", max_length=500, widget=text_area(3), help_text="公告送达以前，案卷须记明原因和经过。"
    )
    evidence = forms.FileField(label="照片、录像或者退信", required=False, help_text="邮件退回的必须上传。")


class AddressForm(Form):
    """The signed address form (送达地址确认书)."""

    receiver = forms.CharField(label="收件人", max_length=60)
    phone = forms.CharField(label="收件人联系电话", max_length=40)
    address = forms.CharField(label="送达地址", max_length=200)
    electronic = forms.TypedChoiceField(
        label="是否同意电子送达",
        coerce=lambda value: value == "yes",
        choices=[("yes", "同意"), ("no", "不同意")],
        widget=forms.RadioSelect,
        help_text="由当事人自己选择，不得推定。",
    )
    channel = forms.ChoiceField(label="电子送达方式", choices=[("", "不采用"), *CHANNELS], required=False)
    account = forms.CharField(label="电子送达账号", max_length=120, required=False)
    scope = forms.CharField(label="适用范围", max_length=200, initial="本案全部程序中的文书")
    signed = forms.FileField(label="当事人签名的确认书", help_text="照片或者扫描件；没有签名的不发生效力。")


class VoidForm(Form):
    reason = forms.CharField(
        label="作废的原因",
        max_length=300,
        widget=text_area(2),
        help_text="例如书写错误、打印损毁、遗失。号码保留，不再使用。",
    )


class SlipForm(Form):
    """One slip of a document and why it is one."""

    path = forms.ChoiceField(label="笔误在哪一项")
    before = forms.CharField(label="错误的文字", max_length=500)
    after = forms.CharField(label="更正为", max_length=500)
    reason = forms.CharField(label="属于笔误的理由", max_length=500, widget=text_area(2))
    names = {"slips": "before", "reason": "reason"}


class PadForm(Form):
    kind = forms.ChoiceField(label="文书种类")
    count = forms.IntegerField(label="号码数量", min_value=1, max_value=200, initial=25)
    holder_id = forms.ChoiceField(label="领用人")
    device = forms.CharField(
        label="设备", max_length=60, required=False, help_text="用于离线开具的执法终端编号，可以不填。"
    )
