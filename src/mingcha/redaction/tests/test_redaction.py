"""Redaction on made-up text: what goes, what stands, and what the spans promise."""

import datetime as dt
import sys
import time
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mingcha.redaction import KnownEntity, UnknownProfile, redact, residual, rulebook
from mingcha.redaction.engine import apply
from mingcha.redaction.folding import fold

# Made-up numbers with right check digits; region 119999 does not exist.
ID = "11999919900307127X"
CARD = "6222020000000000000"
PHONE = "13800138000"

LETTER = """明水区综合行政执法局
行政处罚决定书
明综执罚〔2026〕12号
当事人：明水区陈平百货有限公司
统一社会信用代码：913206817923464630
许可证号：JY13299990012345
法定代表人（负责人、经营者）：林怡波
身份证件号码：11999919900307127X
  2026年3月2日，执法人员万里云、许文对当事人进行检查，店长欧阳小满陪同。经对林怡
波进行询问，其称罚款1500元过高。证人陈平称价格为13800元。
  上述事实有林怡波身份证复印件1份、周舟、吴小川的询问笔录2份证明。当事人依法享有陈述、申辩的权利。
  请将罚款缴至国库，户名：明水区财政局，账号：200002233932103。违反《中华人民共和国价格法》第十三条。
"""


def masked(text: str, **options: object) -> str:
    return redact(text, **options).text  # type: ignore[arg-type]


def test_a_letter():
    public = masked(LETTER)
    for name in ("林怡波", "林怡\n波", "万里云", "许文", "欧阳小满", "周舟", "吴小川", ID):
        assert name not in public
    assert "法定代表人（负责人、经营者）：林某某" in public
    assert "店长欧阳某某陪同" in public
    assert "证人陈某称价格为13800元" in public
    for standing in (
        "明水区陈平百货有限公司",
        "913206817923464630",
        "JY13299990012345",
        "明综执罚〔2026〕12号",
        "200002233932103",
        "2026年3月2日",
        "罚款1500元",
        "《中华人民共和国价格法》第十三条",
        "陈述、申辩的权利",
    ):
        assert standing in public
    assert residual(public) == []


@pytest.mark.parametrize(
    ("text", "secret", "type"),
    [
        (f"证号{ID}。", ID, "id-number"),
        ("证号11999919900307127x。", "11999919900307127x", "id-number"),
        ("证号１１９９９９１９９００３０７１２７Ｘ。", "１１９９９９１９９００３０７１２７Ｘ", "id-number"),
        ("证号119999 19900307 127X。", "119999 19900307 127X", "id-number"),
        ("证号1199991990\n      0307127X。", "1199991990\n      0307127X", "id-number"),
        ("证号119999199003071271。", "119999199003071271", "id-number"),
        ("旧证119999900307127。", "119999900307127", "id-number"),
        ("身份证号码：422****046X\n2025年", "422****046X", "id-number"),
        ("护照号：E12345678，", "E12345678", "id-number"),
        ("持H0123456700入境", "H0123456700", "id-number"),
        (f"拨打{PHONE}联系", PHONE, "phone"),
        ("拨打138 0013 8000联系", "138 0013 8000", "phone"),
        ("拨打138001\n  38000联系", "138001\n  38000", "phone"),
        ("+86 138-0013-8000", "138-0013-8000", "phone"),
        ("8613800138000", "8613800138000", "phone"),
        ("金额1500\n13800138000", PHONE, "phone"),
        ("电话：0573-88881234", "0573-88881234", "phone"),
        ("联系电话：88881234", "88881234", "phone"),
        (f"转入{CARD}", CARD, "bank-account"),
        ("转入6222 0200 0000 0000 000", "6222 0200 0000 0000 000", "bank-account"),
        ("其个人账号：1234567890123", "1234567890123", "bank-account"),
        ("发至some.one@example.com。", "some.one@example.com", "e-mail"),
        ("微信号：wx_abc123，", "wx_abc123", "messenger"),
        ("QQ：123456789", "123456789", "messenger"),
        ("驾驶皖A·12345离开", "皖A·12345", "plate"),
        ("新能源皖AD12345离开", "皖AD12345", "plate"),
        ("户籍地：江南省明水市河畔路8号3幢，", "江南省明水市河畔路8号3幢", "address"),
        ("男，汉族，住明水市河畔路8号。", "明水市河畔路8号", "address"),
    ],
)
def test_identifiers_go(text, secret, type):
    result = redact(text)
    assert secret not in result.text
    assert [span.type for span in result.spans] == [type]
    assert secret in text[result.spans[0].start : result.spans[0].end]


@pytest.mark.parametrize(
    "text",
    [
        "订单编号：6222020000000000000",
        "决定书〔2025〕13050325000153号",
        "投诉编号为20251103004759",
        "单价283 271 262 348 341 320",
        "合计927937.\n15534896915\n.04元",
        "拨打12315或400热线",
        "统一社会信用代码：913206817923464630",
        "住所（住址）：江南省明水市河畔路8号",
        "咨询邮箱 fuwu@mingshui.gov.cn",
        "经查明，消费者投诉称顾客应当支付全部金额。",
        "由于上述行为，对于其他经营者，经营许可证照齐全，负责人应当签字。",
        "患者关节置换费、门诊费及住户水费的相关依据和授权委托书",
    ],
)
def test_what_is_no_personal_data_stands(text):
    assert redact(text).spans == ()


def test_the_punished_person_stands_and_others_of_the_file_go():
    text = "当事人：周小舟\n经查，周小舟与吴川、郑方圆同住，其患有某病。"
    known = [
        KnownEntity("person", "周小舟", "party"),
        KnownEntity("person", "吴川", "witness"),
        KnownEntity("person", "郑方圆", "minor"),
        KnownEntity("health", "患有某病", "party-health"),
    ]
    public = masked(text, known=known)
    assert public == "当事人：周小舟\n经查，周小舟与吴某、某未成年人同住，其健康状况（已隐去）。"
    assert residual(public, known=known) == []


def test_namesakes_are_told_apart_and_each_stays_the_same():
    public = masked("证人陈晨称甲。证人陈丽称乙。陈晨又称丙。")
    assert public == "证人陈某称甲。证人陈某乙称乙。陈某又称丙。"


def test_a_party_that_is_a_person_is_found_in_the_letter_itself():
    assert (
        masked("当事人：周小舟\n性别：男\n证人吴川陪同。周小舟称无异议。")
        == "当事人：周小舟\n性别：男\n证人吴某陪同。周小舟称无异议。"
    )


def test_profiles_decide_about_the_accounts_of_organs():
    text = "罚款缴至国库，账号：200002233932103。邮箱 fuwu@mingshui.gov.cn"
    assert redact(text).spans == ()
    assert [span.rule for span in redact(text, profile="public-strict").spans] == ["organ-account", "organ-e-mail"]
    with pytest.raises(UnknownProfile) as error:
        redact(text, profile="open")
    assert error.value.code == "redaction-profile-unknown"


def test_every_rule_has_label_and_ground():
    for rule in rulebook().rules.values():
        assert rule.label and rule.ground and (rule.mask or rule.type == "person")


# Made-up people in the hard places: no cue, broken over lines, spaced out, side by side, on a shop's sign.
@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("货款已结清。王建国、李小红、欧阳志远，逾期不缴纳的加处罚款。", "王建国 李小红 欧阳志远"),
        (
            "领取表如下：\n  赵秀英   钱海波   孙丽\n  周子涵   吴振兴   郑佳\n合计六户。",
            "赵秀英 钱海波 孙丽 周子涵 吴振兴 郑佳",
        ),
        ("名单：\n冯浩然\n陈雨桐\n褚卫东\n以上。", "冯浩然 陈雨桐 褚卫东"),
        ("另有，蒋玉\n    兰、沈 明 辉，未到。", "蒋玉兰 沈明辉"),
        ("货款由韩\n— 3 —\n志强垫付。", "韩志强"),
        ("另有，杨\n- 12 -\n文静、朱俊杰，未到。", "杨文静 朱俊杰"),
        ("经向何家豪购买，款项汇给吕芳后完成。", "何家豪 吕芳"),
        ("从河畔路张桂芳小吃店进货。", "张桂芳"),
        ("丁国庆五金经营部的经营者丁国庆，另案处理。", "丁国庆"),
        ("收款人：曹\u3000晓\u3000梅（卡号略）", "曹晓梅"),
    ],
)
def test_names_without_a_cue_go(text, names):
    public = "".join(masked(text).split())
    assert [name for name in names.split() if name in public] == []


@pytest.mark.parametrize(
    "text",
    [
        "销售白菜、黄瓜、石榴、鲈鱼、方便面，经营范围：食品销售。",
        "明水区金凤路12号、花园小区、高新区、安康市、平凉市、元氏县",
        "明综执罚〔2026〕12号、连政办〔2019〕55号、（康水）市监罚告〔2025〕3号",
        "取得营业执照、食品经营许可证、支付宝账单、银行卡、查清事实",
        "遵循公平、公正、公开的原则，过罚相当，宣传与教育相结合",
        "单价 金额 数量 时间 项目 商品 合计\n高配 常规 全套",
        "网店“安贝乐旗舰店”销售康师傅、王老吉、李宁等品牌商品",
        "明水区金裕盛液化气有限公司、安达建设集团",
    ],
)
def test_goods_places_and_numbers_are_no_names(text):
    assert [span for span in redact(text).spans if span.type == "person"] == []


@pytest.mark.parametrize(
    ("text", "public"),
    [
        ("证人王小明，男，15岁，称", "证人某未成年人，男，15岁，称"),
        ("向未成年人李思思出售", "向未成年人某未成年人出售"),
        ("其患有高血压，已住院。", "其患有健康状况（已隐去），已住院。"),
        ("工艺为【商业秘密】配比三比一【/商业秘密】。", "工艺为（商业秘密，不公开）。"),
        ("供货商代码：92320583MA1XK2LB4K，", "供货商代码：信用代码（已隐去），"),
        ("当事人：河畔小吃店\n代码：92320583MA1XK2LB4K", "当事人：河畔小吃店\n代码：92320583MA1XK2LB4K"),
        # Payment sentences name cards, too: only the treasury's account stands.
        (
            "罚款缴至财政局，账号：200002233932103；退款卡号6222020000000000009。",
            "罚款缴至财政局，账号：200002233932103；退款卡号银行账号（已隐去）。",
        ),
        ("责令改正，0571-89661922，或者", "责令改正，电话（已隐去），或者"),
        ("添加微信wx_284349，", "添加微信账号（已隐去），"),
    ],
)
def test_passages_and_contexts(text, public):
    assert masked(text) == public
    assert residual(public) == []


def test_a_minor_never_stands_even_when_punished():
    text = "当事人：周小舟\n经查，周小舟骑行。"
    known = [KnownEntity("person", "周小舟", "minor")]
    assert masked(text, known=known) == "当事人：某未成年人\n经查，某未成年人骑行。"
    assert masked("当事人：周小舟\n证人周小舟，男，15岁，称") == "当事人：某未成年人\n证人某未成年人，男，15岁，称"
    day = dt.date(2026, 3, 2)
    ages = {"119999200803021234": False, "119999200803031234": True, "119999201513031234": False, "1199": False}
    assert {number: rulebook().minor(number, day) for number in ages} == ages


def test_each_audience_has_its_way():
    text = "证人陈晨称，店长陈丽陪同陈晨，电话13800138000。"
    assert masked(text, profile="case-study") == "证人甲称，店长乙陪同甲，电话***。"
    assert masked(text, profile="open-data") == "证人甲称，店长乙陪同甲，电话。"
    many = masked("。".join(f"证人{name}称" for name in MANY), profile="case-study")
    assert many.startswith("证人甲称。证人乙称") and many.endswith("证人甲2称。证人乙2称")
    for profile in rulebook().profiles:
        assert residual(masked(text, profile=profile), profile=profile) == []


MANY = ["王伟", "李芳", "张敏", "刘洋", "杨艳", "黄勇", "吴涛", "徐明", "孙超", "朱霞", "马刚", "胡玲"]

PIECES = [
    "证人",
    "陈晨",
    "法定代表人：",
    ID,
    PHONE,
    CARD,
    "账号：",
    "、",
    "的身份证",
    "\n",
    " ",
    "（",
    "1",
    "138",
    "罚款",
    "欧阳",
    "微信号：ab_cde12",
]
SOUP = st.lists(st.sampled_from(PIECES) | st.text(max_size=5), max_size=25).map("".join)


@given(SOUP)
@settings(max_examples=250, deadline=None)
def test_spans_are_sorted_apart_and_right(text):
    result = redact(text)
    edges = [edge for span in result.spans for edge in (span.start, span.end)]
    assert edges == sorted(edges) and all(0 <= edge <= len(text) for edge in edges)
    assert all(span.start < span.end for span in result.spans)
    assert apply(text, result.spans) == result.text
    assert {span.rule for span in result.spans} <= set(rulebook().rules)


@given(SOUP)
@settings(max_examples=250, deadline=None)
def test_nothing_is_left_and_a_second_pass_changes_nothing(text):
    public = redact(text).text
    assert residual(public) == []
    assert redact(public).text == public


@pytest.mark.parametrize(
    "unit",
    [
        "1 ",
        "1",
        "证人陈",
        "、陈晨",
        "法定代表人：",
        "a@",
        "身份证号：*",
        "账号：1",
        "皖A1",
        "陈晨的身份证",
        "\u200b",
        "电话(",
    ],
)
def test_hostile_repetition_stays_linear(unit):
    started = time.process_time()
    redact(unit * (60_000 // len(unit)))
    assert time.process_time() - started < 8


def test_digits_of_every_script_are_folded():
    for code in range(128, sys.maxunicode + 1):
        if chr(code).isdecimal():
            assert fold(chr(code)) == str(unicodedata.decimal(chr(code))), hex(code)
