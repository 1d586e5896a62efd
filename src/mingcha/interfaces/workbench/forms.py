"""Forms of casework. They collect and explain; what is allowed is decided by the actions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms

from mingcha.accounts import queries as people
from mingcha.accounts.actors import Actor
from mingcha.accounts.rules import may_enforce
from mingcha.cases.choices import EvidenceKind, PartyKind, Source, StatementKind
from mingcha.cases.models import Case, Party
from mingcha.catalogues import queries as catalogues
from mingcha.common import clock
from mingcha.common.checks import id_number_valid, uscc_valid
from mingcha.common.money import parse_yuan
from mingcha.interfaces.workbench.base import CHOOSE, Form, date_field, moment_field, text_area
from mingcha.procedures.definition import Definition
from mingcha.procedures.queries import definition


class PartyForm(Form):
    """Party (当事人): which identifiers are wanted depends on its kind."""

    party_kind = forms.ChoiceField(
        label="当事人类型", choices=PartyKind.choices, widget=forms.RadioSelect, initial=PartyKind.ORGANISATION
    )
    party_name = forms.CharField(label="姓名或者名称", max_length=120)
    uscc = forms.CharField(label="统一社会信用代码", max_length=40, required=False, help_text="单位必填；18 位。")
    id_number = forms.CharField(
        label="身份证件号码",
        max_length=40,
        required=False,
        help_text="自然人必填；个体工商户没有信用代码的，填经营者的证件号码。",
    )
    legal_representative = forms.CharField(label="法定代表人、负责人或者经营者", max_length=60, required=False)
    address = forms.CharField(label="住所", max_length=200)
    phone = forms.CharField(
        label="联系电话", max_length=40, required=False, widget=forms.TextInput(attrs={"inputmode": "tel"})
    )

    PARTY = ("party_kind", "party_name", "uscc", "id_number", "legal_representative", "address", "phone")

    @staticmethod
    def of(party: Party) -> dict[str, Any]:
        """The present party as the form's first contents."""
        return {
            "party_kind": party.kind,
            "party_name": party.name,
            "uscc": party.uscc,
            "id_number": party.id_number,
            "legal_representative": party.legal_representative,
            "address": party.address,
            "phone": party.phone,
        }

    def _typed(self, name: str) -> str:
        return str(self.data.get(name) if self.is_bound else self.initial.get(name, "") or "").strip().upper()

    def hints(self) -> list[dict[str, Any]]:
        """What the check digits say. A wrong one is kept and flagged: papers do carry wrong numbers."""
        found = []
        for name, valid, label in (
            ("uscc", uscc_valid, "统一社会信用代码"),
            ("id_number", id_number_valid, "身份证件号码"),
        ):
            if text := self._typed(name):
                found.append({"label": label, "text": text, "valid": valid(text)})
        return found


class LeadForm(PartyForm):
    """Registration of a lead (线索登记)."""

    procedure = forms.ChoiceField(label="适用程序", help_text="只列出本机关已经公布的程序。")
    entry = forms.ChoiceField(
        label="从哪一步开始",
        required=False,
        help_text="有几种开始方式的程序才选择，例如按举报线索检查、紧急当场检查。不选的，从通常的第一步开始。",
    )
    source = forms.ChoiceField(label="线索来源", choices=[CHOOSE, *Source.choices])
    cause = forms.CharField(
        label="案由", max_length=120, help_text="用“涉嫌”加违法行为，例如：涉嫌未采取有效防尘降尘措施。"
    )
    facts = forms.CharField(
        label="线索内容", max_length=5000, widget=text_area(4), help_text="何时、何地、何人反映或者发现了什么。"
    )
    item_code = forms.ChoiceField(label="执法事项", widget=forms.RadioSelect)
    discovered_on = date_field("发现之日")
    conduct_ended_on = date_field(
        "违法行为发生或者终了之日", help_text="处罚时效从这一天起算；连续或者继续的，填终了之日。"
    )
    second_officer_id = forms.UUIDField(label="第二名承办人员", required=False)

    field_order = [
        "procedure",
        "entry",
        "source",
        "cause",
        "facts",
        "item_code",
        "discovered_on",
        "conduct_ended_on",
        *PartyForm.PARTY,
    ]
    names = {"second_officer_id": "second_officer_id"}

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        today = clock.today()
        procedures = self.fields["procedure"]
        if isinstance(procedures, forms.ChoiceField):
            rows = catalogues.all_in_force(actor.organ_id, "procedure", today)
            procedures.choices = [CHOOSE, *((row.key, row.title) for row in rows)]
            self._several([definition(row.id) for row in rows])
        self.items: list[dict[str, Any]] = catalogues.require(actor.organ_id, "items", today).content["entries"]
        field = self.fields["item_code"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [(row["code"], row["name"]) for row in self.items]
        self.staff = staff_choices(actor)

    def _several(self, flows: Iterable[Definition]) -> None:
        """The beginnings of the procedures that have more than one, below the name of each."""
        field = self.fields["entry"]
        if isinstance(field, forms.ChoiceField):
            several = [
                (flow.name, [(name, flow.stage(name).name) for name in flow.doors])
                for flow in flows
                if len(flow.doors) > 1
            ]
            field.choices = [("", "通常的第一步"), *several]


def staff_choices(actor: Actor, held: frozenset[Any] = frozenset()) -> list[dict[str, Any]]:
    """People of the organ with the reason why one cannot handle cases (auxiliary staff, certificate), able ones first."""
    today = clock.today()
    rows = []
    for officer in people.staff(actor.jurisdiction):
        unit = officer.organisation
        if (unit.organ_id or unit.id) != actor.organ_id or officer.id == actor.officer_id or officer.id in held:
            continue
        reasons = may_enforce(officer, today)
        # Of those without a certificate only auxiliary staff are named: they are the ones a handler would think of.
        if reasons and officer.staff_kind != "auxiliary" and not officer.certificates.all():
            continue
        certificate = next((row for row in officer.certificates.all() if row.valid_on(today)), None)
        rows.append({"officer": officer, "certificate": certificate, "reason": reasons[0] if reasons else None})
    return sorted(rows, key=lambda row: row["reason"] is not None)


class MoveForm(Form):
    reason = forms.CharField(label="理由", max_length=1000, widget=text_area(3))


class HandlerForm(Form):
    officer_id = forms.UUIDField(label="人员")


class DeclareForm(Form):
    """A handler's own declaration on avoidance (回避)."""

    conflict = forms.TypedChoiceField(
        label="您与本案是否有应当回避的情形",
        coerce=lambda value: value == "yes",
        choices=[("no", "没有应当回避的情形"), ("yes", "有应当回避的情形，申请回避")],
        widget=forms.RadioSelect,
        help_text="与案件有直接利害关系，或者有其他关系可能影响公正执法的，应当回避（行政处罚法第四十三条）。",
    )
    ground = forms.CharField(
        label="情形", max_length=300, required=False, widget=text_area(2), help_text="有应当回避的情形时填写。"
    )


class AvoidanceRequestForm(Form):
    officer_id = forms.ChoiceField(label="申请谁回避", widget=forms.RadioSelect)
    applicant = forms.CharField(label="申请人", max_length=60)
    ground = forms.CharField(label="申请理由", max_length=300, widget=text_area(3))


class AvoidanceDecisionForm(Form):
    granted = forms.TypedChoiceField(
        label="决定",
        coerce=lambda value: value == "yes",
        choices=[("yes", "回避"), ("no", "驳回申请")],
        widget=forms.RadioSelect,
    )
    ground = forms.CharField(label="理由", max_length=300, widget=text_area(3))


class EvidenceForm(Form):
    kind = forms.ChoiceField(label="证据种类", choices=[CHOOSE, *EvidenceKind.choices])
    name = forms.CharField(label="证据名称", max_length=120)
    proves = forms.CharField(label="证明内容", max_length=500, widget=text_area(2))
    origin = forms.CharField(label="来源", max_length=200, help_text="由谁提供、在哪里提取。")
    collected_at = moment_field("收集时间")
    file = forms.FileField(
        label="文件", required=False, help_text="视听资料和电子数据必须上传。上传时计算摘要值，之后不能替换。"
    )


class FindingForm(Form):
    """A condition established by an officer (认定)."""

    met = forms.ChoiceField(label="认定结果", choices=[("yes", "符合"), ("no", "不符合")], widget=forms.RadioSelect)
    grounds = forms.CharField(
        label="理由和证据", max_length=5000, widget=text_area(6), help_text="写明事实、依据和对应的证据。"
    )


class ReasonForm(Form):
    reason = forms.CharField(label="理由", max_length=500, widget=text_area(3))


class RecordingForm(Form):
    stage = forms.ChoiceField(label="所属环节")
    matter = forms.ChoiceField(label="音像记录事项")
    title = forms.CharField(label="名称", max_length=120, help_text="例如：现场检查全程。")
    started_at = moment_field("录制开始时间")
    device = forms.CharField(label="设备编号", max_length=60, required=False)
    file = forms.FileField(
        label="音像文件",
        help_text="MP4、WebM、AVI 视频，或者 MP3、WAV、OGG 音频。网络中断后重新选择同一个文件，会从断开的位置继续。",
        widget=forms.FileInput(attrs={"accept": "video/*,audio/*"}),
    )
    # With scripts the bytes come ahead by resumable upload, and the form names it.
    upload = forms.CharField(required=False, max_length=32, widget=forms.HiddenInput())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["file"].required = not self.data.get("upload")


class StatementForm(Form):
    """What the party said to the notice (陈述申辩、听证)."""

    kind = forms.ChoiceField(label="意见类型", choices=StatementKind.choices, widget=forms.RadioSelect)
    speaker = forms.CharField(label="陈述人", max_length=60)
    text = forms.CharField(
        label="意见内容", max_length=10000, widget=text_area(5), help_text="口头提出的，如实记录原话。"
    )
    received_at = moment_field("收到时间")
    file = forms.FileField(
        label="书面材料", required=False, help_text="放弃陈述申辩或者放弃听证的，必须上传当事人签名的书面材料。"
    )


class AnswerForm(Form):
    adopted = forms.TypedChoiceField(
        label="复核结果",
        coerce=lambda value: value == "yes",
        choices=[("yes", "采纳"), ("no", "不予采纳")],
        widget=forms.RadioSelect,
    )
    reasons = forms.CharField(
        label="复核理由",
        max_length=5000,
        widget=text_area(5),
        help_text="逐项回应事实、理由和证据。复核意见提交后不能修改。",
    )


class AmountField(forms.CharField):
    """An amount typed in yuan, given on in fen."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.TextInput(attrs={"inputmode": "decimal"}))
        super().__init__(max_length=30, **kwargs)

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text:
            return None
        try:
            return parse_yuan(text)
        except ValueError:
            raise forms.ValidationError("请填写金额，单位元，最多两位小数，例如 20000 或者 20,000.00。") from None


class PaymentForm(Form):
    amount_fen = AmountField(label="缴款金额（元）")
    paid_on = date_field("缴款日期")
    voucher = forms.CharField(label="缴款凭证号", max_length=60)


def recording_choices(case: Case, entries: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [CHOOSE, *((row["code"], f"第{row['code']}项　{row['plain']}") for row in entries)]
