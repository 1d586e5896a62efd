"""The operative part (主文): kinds of penalty of 行政处罚法 art. 9, fine and confiscated amounts."""

from __future__ import annotations

import bisect
import itertools
import re
from collections import Counter
from dataclasses import dataclass
from decimal import Decimal

from mingcha.precedents.extract.amounts import AMOUNT, fen_of
from mingcha.precedents.extract.reading import Letter

# The thirteen kinds named in 行政处罚法 art. 9 (1) to (5), in its order.
KINDS = {
    "warning": "警告",
    "public-criticism": "通报批评",
    "fine": "罚款",
    "confiscate-gains": "没收违法所得",
    "confiscate-property": "没收非法财物",
    "suspend-licence": "暂扣许可证件",
    "lower-qualification": "降低资质等级",
    "revoke-licence": "吊销许可证件",
    "restrict-business": "限制开展生产经营活动",
    "suspend-business": "责令停产停业",
    "order-closure": "责令关闭",
    "restrict-occupation": "限制从业",
    "detention": "行政拘留",
}
_KIND_WORDS = {
    "warning": r"警告(?!信|函|标)",
    "public-criticism": r"通报批评",
    "fine": r"罚款(?!的?(?:数额|决定|通知))",
    "suspend-licence": r"暂扣[^。；;]{0,16}?(?:证|执照)",
    "lower-qualification": r"降低[^。；;]{0,10}?资质",
    "revoke-licence": r"吊销[^。；;]{0,16}?(?:证|执照|许可|登记)",
    "restrict-business": r"限制[^。；;]{0,10}?(?:生产|经营|开展)",
    "suspend-business": r"(?:责令[^。；;]{0,6}?)?(?:停产停业|停业整顿|停产整顿|停止营业)",
    "order-closure": r"责令[^。；;]{0,6}?关闭",
    "restrict-occupation": r"(?:限制|禁止)[^。；;]{0,16}?(?:从业|从事|担任)",
    "detention": r"行政拘留|处[^。；;]{0,8}拘留",
}

_TAKEN = re.compile(r"没收(?P<what>[^。；;，,]{1,40})")
_MONEY_TAKEN = re.compile(r"违法所|非法所得|收入|款|费|价|金额|元")
_RETOLD = re.compile(r"以[下内]的?罚款|可以?(?:并)?处|情节严重的|没有违法所得的|加处罚款|不予(?:行政)?处罚")

_NOT_BOUND = r"(?!以[上下内]|[-—~～至])"
_FINE_THEN_AMOUNT = re.compile(
    r"罚款(?:的?(?:行政)?处罚|金额|数额|总额|合计|共计|总计|计|即|为|合|款|[（(【,，、:：]|人民币|[\d.一二两三四五]{1,5}倍的?|违法所得的?|处以?|大写){0,5}"
    + AMOUNT
    + _NOT_BOUND
)
# Some letters forget the unit: "罚款7313.61。" A bare figure counts only where the clause ends with it.
_FINE_WITHOUT_UNIT = re.compile(r"罚款(?:人民币|[:：¥￥]){0,2}(\d{2,12}(?:\.\d{1,2})?)(?=[。；;，,]|$)")
# "给予行政处罚：叁仟元整": a sum without the word fine; money that is not confiscated is a fine.
_ONLY_AMOUNT = re.compile(r"(?:\d[.、．:：])?(?:给予)?(?:行政处罚)?[:：]?" + AMOUNT + _NOT_BOUND)
_FIRST_AMOUNT = re.compile(r"(?:罚款|没收|处)[^以。]{0,40}?" + AMOUNT + _NOT_BOUND)
_AMOUNT_THEN_FINE = re.compile(
    AMOUNT + r"(?:整|正)?(?:[（(][^（）()]{1,30}[）)])?[）)]?的?(?:行政)?罚款(?!的?(?:行政处罚)?[:：]?[¥￥\d])"
)
_CONFISCATED = re.compile(
    r"没收(?:(?!罚款|没收|处以|并处|合计|共计|退还[^未]{0,6}元)[^。；;0-9]){0,44}?" + AMOUNT + _NOT_BOUND
)
_GAINS_TAKEN = re.compile(
    r"(?:违法所得|非法所得|价款|款项)(?:共计|合计|人民币|计){0,2}" + AMOUNT + r"[^。；;0-9]{0,8}(?:予以|依法)?没收"
)
_FINE_TOTAL = re.compile(
    r"(?:(?:合计|共计|总计)(?:处以?)?罚款(?:人民币|金额|[:：]){0,2}|罚款(?:金额)?(?:合计|共计|总计)(?:为|[:：])?)"
    + AMOUNT
)
_TOTAL = re.compile(
    r"(?:合计|共计|总计)(?:处以?)?罚款(?:人民币|金额|[:：]){0,2}"
    + AMOUNT
    + r"|罚款(?:金额)?(?:合计|共计|总计)(?:为|[:：])?"
    + AMOUNT.replace("?P<", "?P<t_")
)
_TOTAL = re.compile(r"(?:合计|共计|总计|总额|合并执行|罚没款|两项)[^。；;0-9]{0,14}?" + AMOUNT)
_UNIT_RATE = re.compile(r"每(?:套|户|人|次|吨|件|台|辆|平方米|只|个)[^。；;，,]{0,16}$")

# Where the operative part begins: "决定处罚如下：" and its kin, or a plain "决定…罚款…".
_STRONG = re.compile(
    r"(?:处罚|处理|决定|[作做]出|给予|执行|处以)[^。；;：:]{0,24}?(?:如下|以下)[^。；;：:]{0,14}[:：]|(?:如下|以下)(?:行政)?(?:处罚|处理)(?:决定)?[:：]?"
    r"|[（(]行政处罚的?内容[^）)]{0,6}[）)]"
)
_MEASURE = re.compile(r"罚款|没收|警告|通报批评|吊销|暂扣|停产|停业|关闭|拘留")
# What is told after it states the whole again; what was told before it is the reasoning.
_SUMMING_UP = re.compile(r"综上|综合[（(\d一]|上述多项|合并处罚|\[现责令|行政处罚的?内容")
_SUGGESTED = re.compile(r"(?:建议|拟|告知)[^。；;]{0,16}$")
# Where it ends: how to pay, what remedies there are.
_PAYMENT = re.compile(
    r"(?:收到|接到|送达|接)(?:本|该|此|之)?[^。；;]{0,16}?(?:之日|日)起[^。；;]{0,6}?(?:十五|15|六十|60|六个月)[日个]?"
    r"|(?:逾期|到期)(?:不|未)(?:缴纳|履行)|如(?:不服|对本)|对本(?:行政)?处罚决定不服|(?:行政处罚的)?履行方式|持本局[^。]{0,20}缴款"
)
_REASONS = re.compile(r"(?:本局|我局|本机关|本委|本单位|本大队)(?:经审查|审查)?认为|综上所述|案件性质|定性")
_WINDOW = 6000
_PLAIN_WINDOW = 2000
_MOST_ANNOUNCEMENTS = 24


@dataclass(frozen=True)
class Operative:
    """The operative part of a letter: from where to where it runs, what it imposes. Amounts in fen."""

    start: int
    end: int
    penalties: tuple[str, ...] = ()
    fine: int | None = None
    confiscated: int | None = None


@dataclass(frozen=True)
class _Sums:
    fines: tuple[int, ...]
    confiscations: tuple[int, ...]

    @property
    def total(self) -> int:
        return sum(self.fines) + sum(self.confiscations)


def find_operative(letter: Letter) -> Operative:
    """The operative part; fields None where the letter states none."""
    text = letter.unquoted
    end = _end(text)
    begin = max(0, end - _WINDOW)
    window = text[begin:end]
    starts = [match.end() for match in _STRONG.finditer(window)][-_MOST_ANNOUNCEMENTS:]
    segments = [window[a:b] for a, b in itertools.pairwise([*starts, len(window)])]
    announcements = [
        (start, segment, bool(_SUGGESTED.search(window[max(0, start - 60) : start])))
        for start, segment in zip(starts, segments, strict=True)
        if _MEASURE.search(segment) or _ONLY_AMOUNT.match(segment)
    ]
    # A proposal ("拟处罚如下：") is the decision only in letters that paste it and state no other sum.
    decided = any(_sums(segment).total for _, segment, suggested in announcements if not suggested)
    kept = [(start, segment) for start, segment, suggested in announcements if not (suggested and decided)]
    announced = bool(kept)
    kept = kept or _plain_sentences(window)
    if not kept:
        return Operative(end, end)
    segments = [segment for _, segment in kept]
    # An announcement ("如下：") follows its summing-up; a plain sentence begins with it.
    summed_up = (
        segments[:-1]
        if announced
        else [window[max(0, start - 600) : start].rpartition("。")[2] for start, _ in kept[1:]]
    )
    chosen = _choose(segments, window[kept[0][0] :], [bool(_SUMMING_UP.search(part)) for part in summed_up])
    part = "".join(segment for _, segment in kept[chosen:])
    sums = _sums(part)
    kinds = _kinds(part, sums)
    return Operative(
        begin + kept[chosen][0],
        end,
        kinds,
        sum(sums.fines) if sums.fines else None,
        sum(sums.confiscations) if sums.confiscations else None,
    )


def _end(text: str) -> int:
    """Where payment and remedies begin: the first such passage after the reasons with a measure shortly before it."""
    reasons = _REASONS.search(text)
    after = reasons.start() if reasons else len(text) // 4
    measures = [match.start() for match in _MEASURE.finditer(text)]
    for match in _PAYMENT.finditer(text, after):
        at = bisect.bisect_left(measures, match.start())
        if at and measures[at - 1] >= match.start() - 1500:
            return match.start()
    return len(text)


def _plain_sentences(window: str) -> list[tuple[int, str]]:
    """Where no "如下：" announces it: the last sentences that impose something."""
    offset = max(0, len(window) - _PLAIN_WINDOW)
    found = []
    for match in re.finditer(r"[^。]+。?", window[offset:]):
        sums = _sums(match.group())
        if (
            sums.fines
            or sums.confiscations
            or re.search(r"决定[^。]{0,80}(?:警告|通报批评|吊销|停产|停业)", match.group())
        ):
            # A long sentence tells the ground first: what is imposed follows its last verb of decision.
            first = _FIRST_AMOUNT.search(match.group())
            told = max(match.group().rfind(verb, 0, first.start() if first else None) for verb in ("决定", "责令"))
            cut = max(told, 0)
            found.append((offset + match.start() + cut, match.group()[cut:]))
    return found[-_MOST_ANNOUNCEMENTS:]


def _choose(segments: list[str], tail: str, summed_up: list[bool]) -> int:
    """The segment from which the operative part runs.

    As many as a total stated in `tail` adds up to; else back to a summing-up, a restatement or the beginning.
    `summed_up[i]` says whether a summing-up stands between segment i and i + 1.
    """
    totals = {fen for match in _TOTAL.finditer(tail) if (fen := fen_of(match)) is not None}
    for chosen in range(len(segments) - 1, -1, -1):
        if totals and _sums("".join(segments[chosen:])).total in totals:
            return chosen
    chosen = len(segments) - 1
    while chosen > 0:
        before, later = _sums(segments[chosen - 1]), _sums("".join(segments[chosen:]))
        if summed_up[chosen - 1] or not before.total or _within(before, later):
            break
        chosen -= 1
    return chosen


def _within(before: _Sums, later: _Sums) -> bool:
    return not (Counter(before.fines) - Counter(later.fines)) and not (
        Counter(before.confiscations) - Counter(later.confiscations)
    )


def _kinds(part: str, sums: _Sums) -> tuple[str, ...]:
    """Kinds imposed, in the order of the law; clauses that only retell a statute's bounds do not count."""
    own = "。".join(clause for clause in re.split(r"[。；;]", part) if not _RETOLD.search(clause))
    found = {code for code, words in _KIND_WORDS.items() if re.search(words, own)}
    for match in _TAKEN.finditer(own):
        found.add("confiscate-gains" if _MONEY_TAKEN.search(match["what"]) else "confiscate-property")
    if sums.fines:
        found.add("fine")
    if sums.confiscations:
        found.add("confiscate-gains")
    return tuple(code for code in KINDS if code in found)


def _sums(part: str) -> _Sums:
    taken: list[tuple[int, int]] = []

    def free(span: tuple[int, int]) -> bool:
        if any(span[0] < b and a < span[1] for a, b in taken):
            return False
        taken.append(span)
        return True

    summed = _FINE_TOTAL.search(part)
    fines: list[int] = []
    for pattern in (_FINE_THEN_AMOUNT, _AMOUNT_THEN_FINE):
        for match in pattern.finditer(part):
            fen = fen_of(match)
            if fen is None or _UNIT_RATE.search(part[max(0, match.start() - 20) : match.start()]):
                continue
            if re.search(r"(?:合计|共计|总计)", match.group()) or re.search(
                r"(?:合计|共计|总计|以上)$", part[max(0, match.start() - 2) : match.start()]
            ):
                continue
            if free(match.span()):
                fines.append(fen)
    if not fines and (bare := _FINE_WITHOUT_UNIT.search(part)):
        fines.append(int(Decimal(bare[1]) * 100))
    if not fines and "没收" not in part and (only := _ONLY_AMOUNT.match(part)) and (fen := fen_of(only)) is not None:
        fines.append(fen)
    if summed and not fines:
        fen = fen_of(summed)
        fines = [fen] if fen is not None else []
    confiscations: list[int] = []
    for pattern in (_CONFISCATED, _GAINS_TAKEN):
        for match in pattern.finditer(part):
            fen = fen_of(match)
            if fen is not None and free(match.span()):
                confiscations.append(fen)
    return _Sums(tuple(fines), tuple(confiscations))
