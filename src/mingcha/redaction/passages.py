"""Passages that go as a whole (整段不公开): health, secrets marked by the author, codes that lead to a person."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mingcha.common.checks import uscc_valid
from mingcha.redaction.folding import GAP
from mingcha.redaction.lexicon import HAN

_HEALTH = re.compile(
    rf"(?:患有|罹患|身患|感染了|确诊患|确诊为|诊断为|鉴定为|残疾等级[:为]?)(?!者|病例|患者)(?P<value>[{HAN}A-Za-z0-9]{{2,16}}?)(?=[^{HAN}A-Za-z0-9]|的|并|及|和|住院|后|$)"
)
_HEALTH_WORDS = re.compile(
    "病|症|癌|瘤|炎|残疾|感染|障碍|抑郁|骨折|艾滋|HIV|怀孕|孕|[一二三四]级|血压|血糖|糖尿|哮喘|帕金森|透析|结核|梗|衰竭|综合征"
)
# The author of the letter marks what is secret: 【商业秘密】……【/商业秘密】.
_MARKED = re.compile(r"【(?P<kind>商业秘密|国家秘密|工作秘密)】(?P<value>.{0,20000}?)【/(?P=kind)】", re.DOTALL)
# Sole traders are registered under 92; the register gives the owner's name for the code.
_SOLE_TRADER = re.compile(rf"(?<![0-9A-Za-z])92(?:{GAP}{{0,40}}[0-9A-HJ-NPQRTUWXYa-hj-npqrtuwxy]){{16}}(?![0-9A-Za-z])")
_LABEL = re.compile(r"代码[^0-9\n。；]{0,16}$")
_GAPS = re.compile(GAP + "+")
# The punished trader's own code stands beside the name that the law makes public.
_HEAD = re.compile(r"(?:当事人|被处罚人|被处罚单位)(?:名称|姓名)?\s{0,9}:")


def passages(folded: str) -> Iterator[tuple[int, int, str]]:
    """Spans (start, end, rule id) in the folded text."""
    for match in _HEALTH.finditer(folded):
        if _HEALTH_WORDS.search(match["value"]):
            yield (*match.span("value"), "health")
    if "【/" in folded:
        for match in _MARKED.finditer(folded):
            yield (*match.span(), "trade-secret" if match["kind"] == "商业秘密" else "state-secret")
    if "92" in folded:
        head = _HEAD.search(folded)
        for match in _SOLE_TRADER.finditer(folded):
            code = _GAPS.sub("", match.group()).upper()
            labelled = _LABEL.search(folded, max(0, match.start() - 30), match.start())
            own = head and head.end() <= match.start() <= head.end() + 250
            if not own and (labelled or uscc_valid(code)):
                yield (*match.span(), "sole-trader-code")
