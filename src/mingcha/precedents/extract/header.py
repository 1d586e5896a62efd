"""Head and foot of the letter (首部、尾部): authority, document number, party, USCC, date — 行政处罚法 art. 59."""

from __future__ import annotations

import datetime as dt
import re

from mingcha.precedents.extract.amounts import numeral
from mingcha.precedents.extract.reading import Letter

_HEAD_LINES = 40
_FOOT_LINES = 60
_HEAD_CHARACTERS = 3000
_TITLE = "行政处罚决定书"

_NUMBER = re.compile(
    r"(?P<number>[（(]?(?![号第])[\u4e00-\u9fff](?:(?![号第])[\u4e00-\u9fff（）()_-]){1,19}[〔﹝\[［【{｛（(](?:19|20)\d{2}[〕﹞\]］】}｝）)]"
    r"[第\u4e00-\u9fff]{0,3}[A-Za-z]{0,4}\d{1,20}(?:-\d{1,8})?号)"
)
_BEFORE_NUMBER = re.compile(r"^.*(?:决定书|文号|编号|文书号|执法证字第[A-Z0-9]{1,20}号)[:：]?")

_PARTY = re.compile(
    r"(?:当事人(?:名称|姓名|信息)?|被处罚(?:单位|人)?(?:\(单位\)|（单位）)?(?:名称|姓名)?|行政相对人(?:名称)?|违法行为人|单位名称"
    r"|(?:^|(?<=号))名称(?:（姓名）)?)[:：]+(?P<party>[^:：;；,，。？?\n]{2,60})"
)
_NEXT_LABEL = re.compile(
    r"(?:《?营业执照|主体(?:资格)?证|证照名称|主体资格|统一社会|社会信用|注册号|住所|住址|地址|经营场所|营业场所|经营者|法定代表人|负责人|类型|企业类型|公司类型|身份证|证件|联系"
    r"|职务|成立日期|注册资本|登记机关|性别|电话|因|\d{4}年).*$"
)
_ABOUT = re.compile(
    r"(?:对|因|关于|^)(?P<party>[\u4e00-\u9fffA-Za-z0-9（）()·*×]{2,40}?(?:公司|厂|店|部|中心|医院|合作社|超市|酒店|药房|学校|行|站|所|社)"
    r"(?:[\u4e00-\u9fff]{1,16}?(?:分公司|分店|店|站|供应点))?)(?=[^，。；]{0,60}(?:违法|违反|行为|涉嫌|案))"
)
_WHOLE_NAME = re.compile(r"(?:公司|厂|店|中心|医院|合作社|超市|酒店|药房|学校|集团)$")
_BRANCH = re.compile(r"[\u4e00-\u9fffA-Za-z0-9（）()]{1,20}(?:公司|店|站|部|点|厂|处|所)")

_USCC = re.compile(r"(?:信用代码|注册号)[^0-9A-Z]{0,16}(?P<code>[0-9A-HJ-NP-RT-UW-Y]{18})(?![0-9A-Za-z*])")
_ANY_USCC = re.compile(r"(?<![0-9A-Za-z])(?P<code>[19AY5][1-9][0-9]{6}[0-9A-HJ-NP-RT-UW-Y]{10})(?![0-9A-Za-z])")

_ORGAN = re.compile(
    r"(?![（(])[\u4e00-\u9fff（）()、·]{1,60}(?:局|委员会|厅|总队|支队|大队|中队|分局|管理所|监督所|人民政府|办事处|海关|税务所|派出所|委|办公室|中心)"
    r"(?:[（(][\u4e00-\u9fff]{2,40}[）)])?"
)
# A second plate in brackets (加挂牌子) is not part of the name under which the authority decides.
_ALIAS = re.compile(r"(?<=[局会厅队])[（(][\u4e00-\u9fff]{4,40}[）)]$")
_SEALED = re.compile(r"[（(](?P<organ>[\u4e00-\u9fff]{2,40}(?:局|委员会|厅|队))(?:印章|公章|盖章|章)[）)]")
_SEAL = re.compile(r"[（(【\[]?(?:印章|盖章|公章|sealdwy|章|加盖.*|以上信息请勿修改.*)[）)】\]]?")
_NOTE = re.compile(r"[（(\[【](?:脱敏|公示|公开|网上|样本)[^）)\]】]{0,8}[）)\]】]|执法机关代码[:：]?\d*")

_FIGURE_DATE = r"(?:19|20)\d{2}年\d{1,2}月\d{1,2}日"
_NUMERAL_DATE = r"[一二][一二三四五六七八九〇零OoО0]{3}年[一二三四五六七八九十]{1,2}月[一二三四五六七八九十]{1,3}日"
_DATE = re.compile(rf"{_FIGURE_DATE}|{_NUMERAL_DATE}|(?:19|20)\d{{2}}[-./]\d{{1,2}}[-./]\d{{1,2}}")
_DATE_LINE = re.compile(rf"(?:.{{0,40}}(?:局|队|会|厅|委|章[）)]|sealdwy[）)]))?(?:{_DATE.pattern})+[。.]?(?:印发?)?")


def find_document_number(letter: Letter) -> str | None:
    """The number of this letter: the first one in the head, before any number of other letters that the text cites."""
    for line in letter.lines[:_HEAD_LINES]:
        if "当事人" in line:
            break
        if match := _NUMBER.match(_BEFORE_NUMBER.sub("", line)):
            return match["number"]
    head = letter.whole[:_HEAD_CHARACTERS]
    title = head.find(_TITLE)
    match = _NUMBER.search(head, title + len(_TITLE) if title >= 0 else 0)
    return match["number"] if match else None


def find_party(letter: Letter) -> str | None:
    """The punished party's name as the letter writes it, masking of the publisher included; None when all is masked."""
    head = letter.whole[:_HEAD_CHARACTERS]
    if match := _PARTY.search(head):
        name = _NEXT_LABEL.sub("", _own_lines(letter, match.start("party"), match["party"])).strip("。.、 ")
        return name if _real_name(name) else None
    number = find_document_number(letter)
    start = head.find(number) + len(number) if number and number in head else 0
    for match in _ABOUT.finditer(head[start : start + 400]):
        if _real_name(match["party"]):
            return match["party"]
    return None


def _own_lines(letter: Letter, start: int, name: str) -> str:
    """`name` as far as its own lines go: a line that ends a company's name is the last, unless a branch follows."""
    end = 0
    for line in letter.lines:
        end += len(line)
        if start < end < start + len(name):
            cut, rest = name[: end - start], name[end - start :]
            if _WHOLE_NAME.search(cut) and not _BRANCH.fullmatch(_NEXT_LABEL.sub("", rest)):
                return cut
    return name


def _real_name(name: str) -> bool:
    return len(re.findall(r"[\u4e00-\u9fffA-Za-z]", name)) >= 2


def find_uscc(letter: Letter) -> str | None:
    """The party's unified social credit code as written (its check digit is the reader's concern); None when masked."""
    head = letter.whole[:_HEAD_CHARACTERS]
    match = _USCC.search(head) or _ANY_USCC.search(head)
    return match["code"] if match else None


def find_authority(letter: Letter) -> str | None:
    """The deciding authority: the heading above the title, or else the signature above the date."""
    heading: list[str] = []
    for line in letter.lines[:10]:
        line = _NOTE.sub("", line)
        if _TITLE in line or _NUMBER.match(line):
            heading.append(line.partition(_TITLE)[0] if _TITLE in line else "")
            break
        heading.append(line)
    joined = "".join(heading)
    if _ORGAN.fullmatch(joined):
        return _ALIAS.sub("", joined)
    return _signature(letter)


def _signature(letter: Letter) -> str | None:
    lines = letter.lines
    at = _date_line(letter)
    if sealed := _SEALED.search("".join(lines[-_FOOT_LINES:])):
        return sealed["organ"]
    last = len(lines) - 1 if at is None else at
    for index in range(last, max(-1, last - 8), -1):
        line = _SEAL.sub("", _DATE.sub("", lines[index]))
        if not line:
            continue
        if _ORGAN.fullmatch(line):
            return _ALIAS.sub("", line)
        if index and _ORGAN.fullmatch(lines[index - 1] + line) and len(line) < 20:
            return lines[index - 1] + line
    return None


def _date_line(letter: Letter) -> int | None:
    for index in range(len(letter.lines) - 1, -1, -1):
        line = letter.lines[index]
        if len(line) <= 90 and _DATE_LINE.fullmatch(line):
            return index
    return None


def find_date(letter: Letter) -> dt.date | None:
    """The date under the signature, the stamped one where a typed one follows it.

    None when that line was left blank: no date of the facts stands in for it.
    """
    at = _date_line(letter)
    if at is None:
        return None
    found = _DATE.findall(letter.lines[at])
    return parse_date(found[0])


def parse_date(text: str) -> dt.date | None:
    parts = [part for part in re.split(r"[年月日./-]", text) if part][:3]
    numbers = [int(part) if part.isdecimal() else numeral(re.sub("[OoО0]", "〇", part)) for part in parts]
    if len(numbers) != 3 or None in numbers:
        return None
    try:
        return dt.date(*(number or 0 for number in numbers))
    except ValueError:
        return None
