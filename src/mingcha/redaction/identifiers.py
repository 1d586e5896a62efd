"""Numbers and addresses that identify a person (标识信息): found by form, date part, check digits and cues."""

from __future__ import annotations

import re
from collections.abc import Iterator

from stdnum import luhn
from stdnum.iso7064 import mod_11_2

from mingcha.common.checks import uscc_valid
from mingcha.redaction.folding import GAP

Found = tuple[int, int, str]

_G = GAP + "{0,40}"
_GAPS = re.compile(GAP + "+")


def _digits(count: str) -> str:
    """`count` digits (regex quantifier of one digit less), each after any gap."""
    return rf"[0-9](?:{_G}[0-9]){{{count}}}"


_CITIZEN_18 = re.compile(rf"[1-9](?<![0-9][0-9])(?:{_G}[0-9]){{16}}{_G}[0-9Xx](?![0-9])")
_CITIZEN_15 = re.compile(rf"[1-8](?<![0-9][0-9])(?:{_G}[0-9]){{14}}(?![0-9])")
# Already half masked by somebody, or with too few digits: on one line only, or the year of the next line is eaten.
_CITIZEN_CUED = re.compile(
    r"(?:身份证|公民身份)[^0-9\n:。；]{0,12}(?:号码|号|:)\s{0,40}:?\s{0,40}"
    rf"(?P<value>[0-9](?:{_G}[0-9]){{16}}{_G}[0-9Xx](?![0-9]|\s{{0,40}}年)|[0-9*][0-9*Xx \t]{{4,30}}(?![0-9]))"
)
_REGIONS = frozenset(map(str, (*range(11, 16), *range(21, 24), *range(31, 38), *range(41, 47), *range(50, 55))))
_REGIONS |= frozenset(map(str, (*range(61, 66), 71, 81, 82, 83, 91)))
_TRAVEL_CUED = re.compile(
    r"(?:护照|通行证|台胞证|回乡证|居留证|居留身份证|军官证|士兵证|驾驶证|社保卡?|港澳证)[^0-9A-Za-z\n。；]{0,12}"
    rf"(?P<value>[A-Za-z]{{0,3}}{_G}[0-9](?:{_G}[0-9A-Za-z]){{5,17}})"
)
# Patterns begin with the set of their first characters: the matcher then skips to those at several times the speed.
_TRAVEL = re.compile(
    r"[DEGHMPSdeghmps](?<![0-9A-Za-z].)"
    r"(?:(?<=[EGDSPegdsp])[0-9]{8}|(?<=[Ee])[A-Ha-hJ-Nj-nP-Zp-z][0-9]{7}|(?<=[HMhm])[0-9]{8}(?:[0-9]{2})?)(?![0-9A-Za-z])",
    re.DOTALL,
)
_MOBILE = re.compile(rf"(?P<value>1(?<![0-9]1){_G}[3-9](?:{_G}[0-9]){{9}})(?![0-9])")
_MOBILE_GLUED = re.compile(rf"86(?<![1-9]86){_G}1{_G}[3-9](?:{_G}[0-9]){{9}}(?![0-9])")
_LANDLINE = re.compile(
    r"[(0](?<![0-9A-Za-z.].)(?<![0-9],.)(?:(?<=\()0|(?<=0))(?:10|2[0-9]|[3-9][0-9]{2})\)?[\s\-–—]{0,4}[2-8][0-9]{2,3}[\s\-–—]?[0-9]{4}(?:[\-–—转][0-9]{1,6})?(?![0-9])"
)
_LANDLINE_CUED = re.compile(
    r"(?:电话|传真|座机|联系方式|热线)(?:号码|号)?[^0-9\n。；]{0,6}(?P<value>[2-8][0-9]{2,3}[\s\-–—]?[0-9]{4})(?![0-9])"
)
_FRACTION_AFTER = re.compile(r"\s{0,40}\.[0-9]")
_FRACTION_BEFORE = re.compile(r"[0-9]{3,}\.\s{0,40}$")
_CARD = re.compile(
    rf"(?P<value>[3-6](?<![0-9][0-9]){_G}[0-9](?:{_G}[0-9]){{14,17}}|9558(?<![0-9]9558)(?:{_G}[0-9]){{12,15}})(?![0-9])"
)
_ACCOUNT_CUED = re.compile(
    rf"(?:账号|帐号|账户|帐户|卡号|银行卡|尾号)[^0-9\n。；]{{0,16}}(?P<value>[0-9](?:{_G}[0-9]){{6,31}})(?![0-9])"
)
_EMAIL = re.compile(
    r"(?<![A-Za-z0-9._%+\-])[A-Za-z0-9._%+\-]{1,64}\s?@\s?[A-Za-z0-9\-]{1,63}(?:\.[A-Za-z0-9\-]{1,63}){1,5}"
)
_MESSENGER = re.compile(
    r"[微WwVv旺Qq](?:(?<=微)信[(（]?(?P<glued>(?=[A-Za-z0-9_\-]{0,29}[0-9_])[A-Za-z][A-Za-z0-9_\-]{5,29})(?![A-Za-z0-9])"
    r"|(?:(?<=微)信(?:号码|号|账号|ID|id)|(?<=微)信[:为是]|(?<=[Ww])e[Cc]hat(?:号)?|(?<=V)X|(?<=v)x|(?<=旺)旺(?:号)?)[^0-9A-Za-z\n。；]{0,6}(?P<value>[A-Za-z0-9][A-Za-z0-9_\-]{4,29})"
    r"|(?<=[Qq])[Qq](?:号码|号|群)?[^0-9A-Za-z\n。；]{0,6}(?P<qq>[1-9][0-9]{4,11})(?![0-9]))"
)
_PLATE = re.compile(
    r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-HJ-NP-Z][\s·•.\-]{0,3}"
    r"(?=[A-Z0-9]{0,5}[0-9])(?:[A-HJ-NP-Z0-9]{4}[A-HJ-NP-Z0-9挂学警港澳]|[A-HJ-NP-Z0-9]{6})(?![A-Za-z0-9])"
)
_ADDRESS_CUED = re.compile(
    r"(?:家庭住址|家庭地址|户籍(?:所在)?(?:地|地址|住址)|现住(?:址|地)?|现居住(?:地|于|在)?|居住(?:地址|地|于|在)|家住|暂住(?:地|于)?|身份证(?:住址|地址)"
    r"|收货地址|收件地址|送货地址|个人住址|家庭所在地)\s{0,4}[:为是]?\s{0,40}(?P<value>[\u4e00-\u9fff][^,。；;\n:]{3,60})"
)
_ADDRESS_OF_PERSON = re.compile(
    r"(?:男|女|族|出生|年生|日生|身份证号[^\n。；]{0,40}?)\s{0,3}[,、；;]\s{0,6}(?:现)?住(?:址|在|于)?\s{0,3}:?\s{0,6}(?P<value>[\u4e00-\u9fff][^,。；;\n:]{3,60})"
)
_CODE_LABEL = re.compile(r"(?:信用代码|注册号|代码)[^0-9\n]{0,12}$")
_ORGAN_PHONE = re.compile(
    r"(?:局|政府|委员会|法院|检察院|办公室|复议机构|馆|大厦|楼|窗口)[^。；\n称的之诉料作]{0,20}[,，]\s{0,20}(?:联系|咨询|办公)?电话[^0-9\n]{0,4}$"
)
_ORDER = re.compile(
    r"(?:订单|单号|编号|票号|流水|快递|运单|条码|批号|序列|代码|许可证|证号|文号|缴款码|通知书)[^0-9。；,，\n]{0,14}$"
)
_NO_ORDER = re.compile(r"(?:账号|帐号|账户|帐户|卡号|银行)[^0-9。；\n]{0,14}$")
_PRIVATE_ACCOUNT = re.compile(r"卡号|银行卡|个人|私人|本人|其[^,，。]{0,4}账|支付宝|微信|尾号")
_ORGAN_HOLDER = re.compile(r"国库|财政|非税|罚没|代收|管理局|执法局|专户")
_TREASURY = re.compile(r"国库|财政|非税|罚没|罚款|缴至|缴到|缴纳|缴入|代收|专户|上缴|收缴|收款")


def identifiers(folded: str) -> Iterator[Found]:
    """Spans (start, end, rule id) in the folded text; they may overlap, the engine merges them."""
    yield from _citizens(folded)
    if "证" in folded or "护照" in folded or "社保" in folded:
        for match in _TRAVEL_CUED.finditer(folded):
            yield (*match.span("value"), "travel-document")
    for match in _TRAVEL.finditer(folded):
        yield (*match.span(), "travel-document")
    yield from _phones(folded)
    yield from _accounts(folded)
    for match in _EMAIL.finditer(folded) if "@" in folded else ():
        organ = match.group().replace(" ", "").lower().endswith((".gov.cn", "@gov.cn"))
        yield (*match.span(), "organ-e-mail" if organ else "e-mail")
    for match in _MESSENGER.finditer(folded):
        yield (*match.span(match.lastgroup or 0), "messenger")
    for match in _PLATE.finditer(folded):
        yield (*match.span(), "plate")
    for pattern in (_ADDRESS_CUED, _ADDRESS_OF_PERSON):
        for match in pattern.finditer(folded):
            if not match["value"].startswith(("已隐去", "住址（已")):
                yield (*match.span("value"), "home-address")


def _citizens(folded: str) -> Iterator[Found]:
    for match in _CITIZEN_18.finditer(folded):
        digits = _bare(match.group())
        # A company's code may be all digits: its check digit or its label decides.
        if _looks_like_citizen(digits, digits[6:14]) and not _is_company_code(folded, match.start(), digits):
            yield (*match.span(), "citizen-id")
    for match in _CITIZEN_15.finditer(folded):
        digits = _bare(match.group())
        spread = len(_GAPS.findall(match.group()))
        if (
            spread in (0, 1, 2, 14)
            and _looks_like_citizen(digits, "19" + digits[6:12])
            and not _ORDER.search(folded, max(0, match.start() - 24), match.start())
        ):
            yield (*match.span(), "citizen-id")
    for match in _CITIZEN_CUED.finditer(folded):
        if any(char.isdigit() for char in match["value"]):
            yield (*match.span("value"), "citizen-id")


def _looks_like_citizen(digits: str, birth: str) -> bool:
    return (
        digits[:2] in _REGIONS
        and birth[:2] in ("18", "19", "20")
        and 1 <= int(birth[4:6]) <= 12
        and 1 <= int(birth[6:8]) <= 31
    )


def _is_company_code(folded: str, start: int, digits: str) -> bool:
    if _CODE_LABEL.search(folded[max(0, start - 24) : start]):
        return not mod_11_2.is_valid(digits.upper())
    # One wrong citizen number in thirty has a company's check digit by chance; those of companies begin with 9.
    return digits[0] == "9" and uscc_valid(digits) and not mod_11_2.is_valid(digits.upper())


def _phones(folded: str) -> Iterator[Found]:
    for match in _MOBILE.finditer(folded):
        gaps = len(_GAPS.findall(match["value"]))
        if gaps <= 3 or gaps == 10:
            before, after = folded[max(0, match.start() - 2) : match.start()], folded[match.end() : match.end() + 1]
            # A table column of decimals breaks like a number: 927937. | 15534896915 | .04
            if _FRACTION_AFTER.match(folded, match.end()) or _FRACTION_BEFORE.search(
                folded[max(0, match.start() - 60) : match.start()]
            ):
                continue
            if not (after == "号" and re.search(r"[〕\])】第]$", before)):
                yield (*match.span(), "mobile")
    for match in _MOBILE_GLUED.finditer(folded):
        yield (*match.span(), "mobile")
    for match in _LANDLINE.finditer(folded):
        yield (*match.span(), _whose(folded, match.start()))
    for match in _LANDLINE_CUED.finditer(folded):
        yield (*match.span("value"), _whose(folded, match.start("value")))


def _whose(folded: str, start: int) -> str:
    before = folded[max(0, start - 60) : start]
    return "organ-phone" if _ORGAN_PHONE.search(before) else "landline"


def _accounts(folded: str) -> Iterator[Found]:
    for match in _CARD.finditer(folded):
        digits = _bare(match["value"])
        before = folded[max(0, match.start() - 24) : match.start()]
        if luhn.is_valid(digits) and _card_prefix(digits) and (not _ORDER.search(before) or _NO_ORDER.search(before)):
            yield (*match.span("value"), "bank-card")
    for match in _ACCOUNT_CUED.finditer(folded):
        organ = _of_organ(folded, match.start(), match.start("value"), _bare(match["value"]))
        yield (*match.span("value"), "organ-account" if organ else "bank-account")


def _of_organ(folded: str, cue: int, start: int, digits: str) -> bool:
    """Whether an account takes payments for the treasury: the same sentence says so, and nothing calls it a person's."""
    if _PRIVATE_ACCOUNT.search(folded, max(0, cue - 12), start):
        return False
    before = folded[max(0, start - 300) : start].rsplit("。", 1)[-1]
    if digits.startswith("62") and 16 <= len(digits) <= 19:
        before = before[-60:]
        return bool(_ORGAN_HOLDER.search(before))
    return bool(_TREASURY.search(before))


def _card_prefix(digits: str) -> bool:
    if digits.startswith(("62", "60", "9558")):
        return True
    return len(digits) == 16 and digits[0] in "3456"


def _bare(text: str) -> str:
    return _GAPS.sub("", text)
