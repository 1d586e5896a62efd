"""Forms of recordings: where one belongs, why one is set aside, secrecy, interruptions, hand-over."""

from __future__ import annotations

from django import forms

from mingcha.interfaces.workbench.base import Form, date_field, moment_field, text_area


class LinkForm(Form):
    """Case, stage and entry of the list in one choice; the title; the time where the file has none; why, for a correction."""

    names = {"stage": "target", "matter": "target", "case_id": "target"}
    target = forms.ChoiceField(label="归入")
    title = forms.CharField(label="名称", max_length=120)
    started_at = moment_field("录制开始时间", required=False)
    reason = forms.CharField(label="更正的原因", max_length=300, required=False, widget=text_area(2))


class AsideForm(Form):
    """Why a recording concerns no case."""

    reason = forms.CharField(
        label="原因", max_length=300, widget=text_area(3), help_text="不少于10个字。原件仍然保存，可以再归入案件。"
    )


class SecretForm(Form):
    """Ground and circle of a secret mark."""

    ground = forms.CharField(label="定密依据", max_length=300, help_text="写明定密决定和密级，只有指定的人员可以看到。")
    readers = forms.MultipleChoiceField(label="可以查看的人员", widget=forms.CheckboxSelectMultiple)


class LiftForm(Form):
    """Why a secret mark ends."""

    reason = forms.CharField(label="解除的依据", max_length=300, widget=text_area(2))


class GapForm(Form):
    """Why a whole recording was interrupted."""

    reason = forms.CharField(
        label="中断的原因", max_length=500, widget=text_area(3), help_text="不少于10个字。审核人员和监督机关会看到。"
    )


class HandOverForm(Form):
    """The year handed over and to whom."""

    year = forms.IntegerField(label="年度", min_value=2000, max_value=2100)
    receiver = forms.CharField(label="接收机关", max_length=120)


class ReceiptForm(Form):
    """The receipt of the organ above."""

    number = forms.CharField(label="回执编号", max_length=60)
    received_by = forms.CharField(label="接收人", max_length=60)
    received_on = date_field("接收日期")
