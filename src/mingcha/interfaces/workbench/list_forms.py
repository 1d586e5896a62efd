"""Forms of lists: one entry from its typed columns, a condition without typing code, a policy value with its reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms

from mingcha.catalogues import conditions, profiles
from mingcha.catalogues.columns import Column
from mingcha.catalogues.schemas import Schema
from mingcha.common import money
from mingcha.common.errors import InvalidInput
from mingcha.interfaces.workbench.base import Form, date_field, text_area

YES_NO = (("", "未填"), ("yes", "是"), ("no", "否"))
_PARTIES = (("person", "对公民"), ("organisation", "对单位"))
# Alternatives of a condition that the form offers beyond those already there.
_SPARE = 1


class EntryForm(Form):
    """One entry of a list. `entry()` is what an action takes; nothing is demanded here, submission asks for the rest."""

    version = forms.IntegerField(widget=forms.HiddenInput(attrs={"id": False}), required=False)

    def __init__(
        self,
        schema: Schema,
        data: Mapping[str, Any],
        *args: Any,
        suggestions: Mapping[str, str] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.schema, self.stored = schema, dict(data)
        self.suggestions = dict(suggestions or {})
        self.groups: list[ConditionGroup] = []
        self.beyond = ""
        for column in schema.columns:
            if column.type == "condition":
                self._condition(data.get(column.name) or {})
            else:
                self.fields[column.name] = self._field(column, data.get(column.name))
                self.fields[column.name].required = column.required
        label, help_text = "上级固定", "选中后，以本机关为上级清单的机关应当遵照执行，只能增加条目。"
        self.fields["fixed"] = forms.BooleanField(
            label=label, required=False, help_text=help_text, initial=bool(data.get("fixed"))
        )

    def _field(self, column: Column, value: Any) -> forms.Field:
        more: dict[str, Any] = {"label": column.label, "required": False, "help_text": column.help, "initial": value}
        choices = list((column.choices or {}).items())
        if column.type == "choice":
            return forms.ChoiceField(choices=[("", "请选择"), *choices], **more)
        if column.type == "choices":
            return forms.MultipleChoiceField(choices=choices, widget=forms.CheckboxSelectMultiple, **more)
        if column.type == "bool":
            more["initial"] = {True: "yes", False: "no"}.get(value, "")
            return forms.ChoiceField(choices=YES_NO, **more)
        if column.type == "date":
            more.pop("label")
            return date_field(column.label, **more)
        if column.type == "integer":
            return forms.IntegerField(min_value=0, **more)
        if column.type == "money":
            more["initial"] = "" if value is None else money.yuan(value)
            return forms.CharField(max_length=30, **more)
        if column.type == "lines":
            more["initial"] = "\n".join(value or [])
            return forms.CharField(widget=text_area(4), **more)
        if column.suggest == "stages" and self.suggestions:
            known = dict(self.suggestions)
            if value and value not in known:
                known[value] = value
            return forms.ChoiceField(choices=[("", "请选择"), *known.items()], **more)
        widget = text_area(3) if column.type == "long" else forms.TextInput()
        return forms.CharField(max_length=column.limit, widget=widget, **more)

    def _condition(self, condition: Mapping[str, Any]) -> None:
        parts = conditions.groups(condition) if condition else []
        if parts is None:
            self.beyond = conditions.sentence(condition)
            return
        data = self.data if self.is_bound else None
        for number in range(min(len(parts) + _SPARE, 6)):
            stored = parts[number] if number < len(parts) else {}
            self.groups.append(ConditionGroup(stored, self.suggestions_of_procedures, data, prefix=f"c{number}"))

    @property
    def suggestions_of_procedures(self) -> Sequence[tuple[str, str]]:
        return [(code, label) for code, label in self.suggestions.items() if code.startswith("P-")]

    def plain_fields(self) -> list[Any]:
        """The fields besides the condition, bound, in the order of the columns."""
        return [self[name] for name in self.fields if name not in ("form_token", "version")]

    def full_clean(self) -> None:
        # Marked on the screen, but a draft keeps also what is incomplete: submission asks for the rest.
        shown = {name: field.required for name, field in self.fields.items()}
        for field in self.fields.values():
            field.required = False
        super().full_clean()
        for name, required in shown.items():
            self.fields[name].required = required

    def is_valid(self) -> bool:
        # Each group is asked, also after one that failed, so that all errors show.
        answers = [super().is_valid(), *(group.is_valid() for group in self.groups)]
        return all(answers)

    def entry(self) -> dict[str, Any]:
        """The entry as typed, empty values left out. Raises InvalidInput for a condition that cannot be read."""
        found: dict[str, Any] = {}
        for column in self.schema.columns:
            if column.type == "condition":
                made = conditions.of_groups([group.condition() for group in self.groups])
                value: Any = self.stored.get(column.name) if self.beyond else made or None
            else:
                value = self.cleaned_data.get(column.name)
                if column.type == "bool":
                    value = {"yes": True, "no": False}.get(value)
            if value not in (None, "", []):
                found[column.name] = value
        if self.cleaned_data.get("fixed"):
            found["fixed"] = True
        return found


class ConditionGroup(forms.Form):
    """One alternative of a condition: everything filled in must hold together."""

    def __init__(
        self, stored: Mapping[str, Any], procedures: Sequence[tuple[str, str]], data: Any = None, prefix: str = ""
    ) -> None:
        super().__init__(data, prefix=prefix)
        self.stored = stored
        for name, key in conditions.keys().items():
            value = stored.get(name)
            more: dict[str, Any] = {"label": key.label, "required": False}
            if key.type == "choices" or (key.type == "procedures" and procedures):
                choices = list(key.choices.items()) if key.type == "choices" else list(procedures)
                choices += [(item, item) for item in value or [] if item not in dict(choices)]
                widget = forms.CheckboxSelectMultiple
                self.fields[name] = forms.MultipleChoiceField(choices=choices, widget=widget, initial=value, **more)
            elif key.type == "bool":
                initial = "" if value is None else "yes" if value else "no"
                choices = [("", "不作要求"), ("yes", key.yes), ("no", key.no)]
                self.fields[name] = forms.ChoiceField(choices=choices, initial=initial, **more)
            elif key.type == "amounts":
                for party, label in _PARTIES:
                    shown = money.yuan(value[party]) if value else ""
                    more["label"] = f"{key.label}达到（{label}，元）"
                    self.fields[f"{name}-{party}"] = forms.CharField(max_length=20, initial=shown, **more)
            elif key.type == "count":
                self.fields[name] = forms.IntegerField(min_value=1, initial=value, **more)
            else:
                more["help_text"] = "可填多个，用顿号隔开。"
                self.fields[name] = forms.CharField(max_length=200, initial="、".join(value or []), **more)

    @property
    def filled(self) -> bool:
        return bool(self.stored)

    @property
    def sentence(self) -> str:
        return conditions.sentence(self.stored) if self.stored else ""

    def condition(self) -> dict[str, Any]:
        """The keys filled in. Raises InvalidInput for amounts that cannot be read."""
        found: dict[str, Any] = {}
        for name, key in conditions.keys().items():
            if key.type == "amounts":
                amounts = {party: self._amount(f"{name}-{party}", key.label) for party, _ in _PARTIES}
                if any(amount is not None for amount in amounts.values()):
                    if None in amounts.values():
                        raise InvalidInput({"condition": [f"“{key.label}”请把对公民、对单位两个数额都填上。"]})
                    found[name] = amounts
                continue
            value = self.cleaned_data.get(name)
            if key.type == "bool":
                value = {"yes": True, "no": False}.get(str(value))
            elif isinstance(value, str):
                value = [item.strip() for item in value.replace("，", "、").split("、") if item.strip()]
            if value not in (None, "", []):
                found[name] = value
        return found

    def _amount(self, name: str, label: str) -> int | None:
        text = str(self.cleaned_data.get(name) or "").strip()
        if not text:
            return None
        try:
            return money.parse_yuan(text)
        except ValueError:
            raise InvalidInput(
                {"condition": [f"“{label}”应为金额（元，最多两位小数），现在是“{text[:20]}”。"]}
            ) from None


class FactsForm(forms.Form):
    """Values of an imagined case, to try conditions on."""

    def __init__(self, procedures: Sequence[tuple[str, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        parties = [("person", "公民"), ("organisation", "单位")]
        self.fields["party_kind"] = forms.ChoiceField(label="当事人", choices=parties)
        for name, key in conditions.keys().items():
            more: dict[str, Any] = {"label": key.label, "required": False}
            if key.type == "choices" and name == "kinds":
                choices = list(key.choices.items())
                self.fields[name] = forms.MultipleChoiceField(
                    choices=choices, widget=forms.CheckboxSelectMultiple, **more
                )
            elif key.type in ("choices", "procedures"):
                choices = list(key.choices.items()) if key.type == "choices" else list(procedures)
                self.fields[name] = forms.ChoiceField(choices=[("", "没有认定"), *choices], **more)
            elif key.type == "bool":
                self.fields[name] = forms.ChoiceField(choices=[("", "没有认定"), ("yes", "是"), ("no", "否")], **more)
            elif key.type == "amounts":
                more["label"] = f"{key.label}（元）"
                self.fields[name.removesuffix("_at_least")] = forms.CharField(max_length=20, **more)
            elif key.type == "count":
                self.fields["complaints"] = forms.IntegerField(min_value=0, **more)
            else:
                self.fields[name] = forms.CharField(max_length=60, **more)

    def facts(self) -> dict[str, Any]:
        """What was filled in, as `conditions.evaluate` reads it. Raises InvalidInput."""
        found: dict[str, Any] = {}
        for name, value in self.cleaned_data.items():
            if value in (None, "", []):
                continue
            if name in ("fine", "confiscation", "amount"):
                try:
                    value = money.parse_yuan(str(value))
                except ValueError:
                    raise InvalidInput({name: ["应为金额（元，最多两位小数）。"]}) from None
            elif value in ("yes", "no"):
                value = value == "yes"
            found[name] = value
        return found


def policy_field(key: profiles.Key, value: Any) -> dict[str, forms.Field]:
    """The fields in which a policy value is typed, by name."""
    choices = list((key.choices or {}).items())
    if key.type in ("choice", "yearday"):
        return {"value": forms.ChoiceField(label="值", choices=choices, initial=value)}
    if key.type == "words":
        return {
            "value": forms.CharField(label="值", required=False, initial="、".join(value), help_text="用顿号隔开。")
        }
    if key.type in ("days", "percent"):
        label = f"值（{key.unit}）"
        return {"value": forms.IntegerField(label=label, min_value=0, max_value=365, initial=value)}
    part, number = ("mode", "n") if key.type == "upload" else ("from", "days")
    return {
        part: forms.ChoiceField(label="怎样规定", choices=choices, initial=value.get(part)),
        number: forms.IntegerField(
            label="工作日数",
            required=False,
            min_value=1,
            max_value=60,
            initial=value.get(number),
            help_text="没有天数的不填。",
        ),
    }


def policy_value(key: profiles.Key, cleaned: Mapping[str, Any]) -> Any:
    """The stored value from the fields of `policy_field`."""
    if key.type == "words":
        return [item.strip() for item in str(cleaned["value"]).replace("，", "、").split("、") if item.strip()]
    if key.type in ("upload", "publish"):
        names = ("mode", "n") if key.type == "upload" else ("from", "days")
        return {name: cleaned[name] for name in names if cleaned.get(name) not in (None, "")}
    return cleaned["value"]
