"""A letter in hand beside the public text (比对): table of changes, each found where it is."""

from __future__ import annotations

import pytest

from mingcha.disclosure import comparing

PUBLIC = "决定书\n明综执罚决〔2026〕1号\n当事人：李某某，住址：（隐去）\n罚款20,000.00元。\n向明水区人民法院起诉。"
HIDDEN = [
    (PUBLIC.index("李某某"), PUBLIC.index("李某某") + 3),
    (PUBLIC.index("（隐去）"), PUBLIC.index("（隐去）") + 4),
]
LETTER = "决定 书\n明综执罚决〔2026〕1号\n当事人：李长庚，住址：明水区清源\n街18号\n罚款２0,000.00 元。\n向明水区人民法院起诉。"


@pytest.mark.parametrize(
    ("old", "new", "public", "found"),
    [
        ("", "", None, None),
        ("李长庚", "王五一", None, None),  # what is hidden in public cannot be compared
        ("２0,000", "2,000", "罚款20,000.00元。", "罚款2,000.00元。"),
        ("明水区人民法院", "清源市人民法院", "向明水区人民法院起诉。", "向清源市人民法院起诉。"),
        ("向明水区人民法院起诉。", "", "向明水区人民法院起诉。", ""),
        ("〔2026〕1号", "〔2026〕7号", "明综执罚决〔2026〕1号", "明综执罚决〔2026〕7号"),
    ],
)
def test_changes_are_found_where_they_are(old: str, new: str, public: str | None, found: str | None) -> None:
    assert old in LETTER
    result = comparing.compare(PUBLIC, HIDDEN, LETTER.replace(old, new) if old else LETTER)
    assert [row.public for row in result.differs] == ([public] if public else [])
    if public:
        assert comparing._plain(found or "") in result.differs[0].found or not found
        assert not result.same
    else:
        assert result.same


def test_a_passage_added_is_named() -> None:
    added = "请将罚款汇入个人账户六二二二零零零零。"
    assert comparing.compare(PUBLIC, HIDDEN, LETTER + "\n" + added).extra == [comparing._plain(added)]


def test_numbers_are_read_line_by_line() -> None:
    assert comparing.numbers("明水区\n明综 执罚决〔2026〕1号\n（明综执罚告[2026]2号）") == [
        "明综执罚决〔2026〕1号",
        "明综执罚告[2026]2号",
    ]
