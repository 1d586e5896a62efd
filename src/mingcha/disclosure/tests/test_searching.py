"""Search is exact: whatever the index says equals a plain comparison of every row, at every moment."""

import datetime as dt
import random
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import IntegrityError
from django.db.models import QuerySet
from django.test import override_settings

from mingcha.common.errors import InvalidInput, Refused
from mingcha.disclosure import queries
from mingcha.disclosure.demonstration import writing
from mingcha.disclosure.models import PublicEntry
from mingcha.disclosure.searching import asking, following, frequent, index, tokens
from mingcha.disclosure.searching.asking import Wanted
from mingcha.interfaces.demo import district

LOG = district.JURISDICTION
ROWS = 60


@pytest.fixture
def register(district: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A register of made-up decisions with an index that knows its common words."""
    monkeypatch.setattr(frequent, "LEAST_ROWS", 10)
    with override_settings(SEARCH_ROOT=tmp_path / "search"):
        writing.write(ROWS, jurisdiction=LOG)
        following.rebuild()
        yield tmp_path / "search"


def everything() -> QuerySet:
    return PublicEntry.objects.values(*index.COLUMNS)


def scanned(wanted: Wanted, told: list[tuple[object, object, str, str]] | None = None) -> list[object]:
    """Brute force, written apart from what is tested: every row, the folded text, plain `in`."""
    words = [tokens.fold(word) for word in wanted.text.split()]
    return [
        key
        for _, key, text, authority in told or told_rows()
        if all(word in text for word in words) and wanted.authority in ("", authority)
    ]


def told_rows() -> list[tuple[object, object, str, str]]:
    rows = PublicEntry.objects.order_by("-listed_on", "-id")
    fields = [(row, tokens.EDGE.join(map(tokens.fold, row.search_text.split("\n", 4)))) for row in rows]
    return [(row.listed_on, row.id, text, row.authority) for row, text in fields]


def paged(wanted: Wanted, size: int = 20) -> list[object]:
    """All pages of an answer, one after the other; the count is the same on each."""
    keys: list[object] = []
    cursor, counts = None, set()
    while True:
        page, total = asking.search(wanted, cursor=cursor, size=size)
        keys += [row.id for row in page.rows]
        counts.add(total)
        cursor = page.next_cursor
        if cursor is None:
            assert counts == {len(keys)}, wanted
            return keys


def asked(count: int) -> list[Wanted]:
    """Words of one to six characters cut out of the letters, one to three together, some with an authority; and names."""
    rng = random.Random(7)
    rows = list(PublicEntry.objects.all())
    made = []
    for _ in range(count):
        row = rng.choice(rows)
        words = []
        for _ in range(rng.randint(1, 3)):
            source = rng.choice([row.search_text, row.party, row.number, row.cause, row.authority])
            source = "".join(source.split())
            start = rng.randrange(len(source))
            words.append(source[start : start + rng.randint(1, 6)])
        made.append(Wanted(" ".join(words), authority=row.authority if rng.random() < 0.4 else ""))
    return made


def test_equals_a_scan(register: Path) -> None:
    questions = [
        *asked(120),
        Wanted("龘"),
        Wanted("清和"),
        Wanted("演示明水市监罚[2024] 1号"),
        Wanted("ＹＳ１"),
        Wanted(),
    ]
    found, told = 0, told_rows()
    for wanted in questions:
        keys = scanned(wanted, told)
        assert paged(wanted, 100) == keys, wanted
        found += len(keys)
    assert found > 100
    assert paged(Wanted("当事人", authority=""), 7) == scanned(Wanted("当事人"))


def test_filters_and_orders(register: Path) -> None:
    row = PublicEntry.objects.order_by("id").first()
    assert row is not None and row.decided_on is not None and row.fine_fen is not None
    day, fine = row.decided_on, row.fine_fen
    for wanted, right in (
        (Wanted(since=day, until=day), {"decided_on": day}),
        (Wanted(since=day), {"decided_on__gte": day}),
        (Wanted(until=day - dt.timedelta(days=1)), {"decided_on__lt": day}),
        (Wanted(least=fine, most=fine), {"fine_fen": fine}),
        (Wanted(least=fine), {"fine_fen__gte": fine}),
        (Wanted(area=LOG, state="valid"), {"jurisdiction": LOG}),
        (Wanted(state="withdrawn"), {"state": "withdrawn"}),
    ):
        keys = set(PublicEntry.objects.filter(**right).values_list("id", flat=True))
        assert set(paged(wanted)) == keys, wanted
    kinds = {r.id for r in PublicEntry.objects.all() if "警告" in r.kinds}
    assert set(paged(Wanted(kind="警告"))) == kinds and kinds
    ranked, total = queries.search(row.cause, order="relevant", size=2)
    assert total == len(scanned(Wanted(row.cause))) and all(row.cause in item.cause for item in ranked.rows)
    second, _ = queries.search(row.cause, order="relevant", size=2, cursor=ranked.next_cursor)
    assert not {item.id for item in ranked.rows} & {item.id for item in second.rows}
    for cursor in ("", "x", "W10", "WzEsICJ6Il0", "Wy0xXQ", "bnVsbA", "WyJhIiwgMV0"):
        if cursor:
            with pytest.raises(InvalidInput):
                queries.search("当事人", cursor=cursor)


def test_follows_changes_with_and_without_a_worker(register: Path) -> None:
    """Right at once by comparison of what changed, and right again when the worker has taken it over."""
    follower = following.Follower()
    row = PublicEntry.objects.order_by("-listed_on", "-id").first()
    assert row is not None
    writing.write(ROWS + 5, jurisdiction=LOG)
    row.state, row.withdrawn_reason, row.content, row.search_text = "withdrawn", "名称有误", {}, row.number
    row.save()
    for _ in range(2):
        assert paged(Wanted("当事人")) == scanned(Wanted("当事人"))
        assert row.id not in paged(Wanted(row.party)) and row.id in paged(Wanted(row.number))
        assert row.party not in queries.suggestions(row.party[:4])
        follower.step()
    assert follower.step() == 0 and following.lag()["waiting"] == 0
    opened = asking.opened()
    assert opened is not None
    assert row.id not in asking.ids(opened, Wanted(row.party))
    assert len(asking.ids(opened, Wanted())) == ROWS + 5
    follower.close()


def test_a_new_index_is_not_written_again_and_late_commits_are_found(
    register: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What changed before the mark and was committed after it is found when the whole window is looked at."""
    generation = index.current(register)
    assert generation is not None
    index.write_mark(generation, index.read_mark(generation) - dt.timedelta(minutes=1))
    follower = following.Follower()
    assert following.lag()["waiting"] == ROWS
    assert follower.step() == 0 and following.lag()["waiting"] == 0
    monkeypatch.setattr(following, "MOST_LOOKED_AT", ROWS - 1)
    late = PublicEntry.objects.order_by("id").first()
    assert late is not None
    PublicEntry.objects.filter(id=late.id).update(changed_at=follower._mark - 2 * following.LATELY)
    assert follower.step() == 0
    follower._looked -= following.LOOK_SECONDS + 1
    assert [follower.step(), follower.step()] == [1, 0]
    follower.close()


def test_a_killed_rebuild_leaves_the_old_index(register: Path) -> None:
    """What a rebuild leaves half-done is never used, and the next one clears it away."""
    wanted = Wanted("当事人")
    old = index.current(register)
    generation, made = index.begin(register, frequent.Frequent())
    writer = made.writer(index.HEAP, 1)
    writer.add_document(index.document(everything()[0], frequent.Frequent()))
    assert paged(wanted) == scanned(wanted) and index.current(register) == old
    writer.commit()
    index.write_mark(generation, dt.datetime(2030, 1, 1, tzinfo=dt.UTC))
    del writer
    assert paged(wanted) == scanned(wanted) and index.current(register) == old
    following.rebuild()
    assert [path.name for path in register.glob("g-*")] == [index.current(register).name] != [old.name]
    assert paged(wanted) == scanned(wanted)


def test_without_or_with_a_broken_index_everything_is_compared(register: Path) -> None:
    wanted = Wanted("当事人", authority=PublicEntry.objects.first().authority)
    right = scanned(wanted)
    assert right
    (register / index.CURRENT).write_text("{")
    assert paged(wanted, 3) == right
    shutil.rmtree(register)
    assert paged(wanted, 3) == right and queries.suggestions("演示") == []


def test_one_writer(register: Path) -> None:
    with following._held(register, "rebuild.lock"), pytest.raises(following.Busy):
        following.rebuild()


def test_names_are_offered_by_characters_and_by_sound(register: Path) -> None:
    row = PublicEntry.objects.get(number__endswith="〕4号")
    assert row.party in queries.suggestions(row.party[:5])
    spelling = next(term for term in index.spelt(row.party) if len(term) > 20).split(tokens.EDGE)[0]
    assert row.party in queries.suggestions(spelling[:12]) and row.party in queries.near(row.party[:4])
    assert queries.suggestions("") == [] and queries.suggestions("\0") == []
    assert row.authority in queries.choices()["authority"]


@pytest.mark.parametrize("field", ["number", "entry_id", "id"])
def test_only_what_calls_itself_made_up_goes_without_a_release(register: Path, field: str) -> None:
    row = PublicEntry.objects.first()
    assert row is not None
    row.pk = "01890000-0000-7000-8000-000000000001"
    row.state = "valid"
    if field == "number":
        row.number = "明综执罚〔2026〕1号"
    elif field == "entry_id":
        row.entry_id = 1
    else:
        row.source = "decision"
    with pytest.raises(IntegrityError, match="public-without-release"):
        row.save(force_insert=True)


def test_made_up_decisions_stay_in_the_demonstration() -> None:
    with pytest.raises(Refused, match="演示区县"):
        writing.write(1, jurisdiction="")


def test_the_cut() -> None:
    cut = [tokens.pairs(tokens.codes_of(text)) for text in ("", "罚", "罚款𠮷")]
    assert cut == ["", f"罚{tokens.EDGE}", f"罚款 款𠮷 𠮷{tokens.EDGE}"]
    assert tokens.fold("ＡＢ１（ 2 ）\n〔x〕\U000f0001\U0010ffff") == "ab1(2)(x)"
    for text in (
        "",
        "a\nb\nc\nd\ne\nf",
        "一\n二",
        "Ａ〔\x1f\u3000〕\n\nΟΔΟΣ\n",
        "İ\n\n\n\n\n\0",
        "𠮷Ｚ\n𐐀\n\U000f0000",
        "".join(map(chr, range(0xD800))),
    ):
        assert (tokens.folded_codes(text, 4) == tokens.codes_of(tokens.fold_fields(text, 4))).all()


def test_common_words_are_terms_of_their_own(register: Path) -> None:
    """What stands in most letters is found by one term, and found as by plain comparison."""
    found = asking.opened()
    assert found is not None and {"当事人", "行政处罚"} <= set(found.frequent.words)
    assert {"，", "当事人"} < found.frequent.usual and not {"龘", "乳制品"} & found.frequent.usual
    for word in [*found.frequent.words[::40], *"，的龘", "的 当事人", "当事人 处罚 龘"]:
        assert "PhraseQuery" not in str(asking.query(found, Wanted(word)))
        assert paged(Wanted(word)) == scanned(Wanted(word))
    # Words that are usual are looked for by where they are missing, alone and beside others.
    usual = [word for word in found.frequent.words if word in found.frequent.usual][:2]
    assert all(found.frequent.term(word)[1] for word in usual)
    for wanted in (
        Wanted(" ".join(usual)),
        Wanted(f"{usual[0]} 没收违法所得", kind="警告"),
        Wanted(usual[1], order="relevant"),
        Wanted(f"的 {usual[0]}", order="relevant"),
    ):
        page, total = asking.search(wanted, size=ROWS)
        assert total == len(page.rows) and total < ROWS * 2
        right = [
            key for key in scanned(Wanted(wanted.text)) if not wanted.kind or key in paged(Wanted(kind=wanted.kind))
        ]
        assert sorted(row.id for row in page.rows) == sorted(right)
    assert "PhraseQuery" in str(asking.query(found, Wanted("事人在")))


def test_the_common_words_of_a_text_are_all_found() -> None:
    """Whatever overlaps, at the ends and beside characters of which no word is made."""
    known = frequent.Frequent(
        ["行政处罚", "政处罚", "处罚决定", "罚决定书", "当事人", "2024年", "4年1", "当事人行政处"],
        ["当事人", "处", "，"],
    )
    texts = [
        "",
        "罚",
        "当事",
        "当事人",
        "当事人行政处罚决定书",
        "行政处罚，处罚决定𠮷罚决定书\uff0c",
        "12024年1月",
        "当事人当事人行政",
        "行行政处罚罚",
    ]
    for text in texts:
        codes, inside = tokens.codes_of(text), [word for word in known.words if word in text]
        assert known.inside(codes) == inside
        unlike = {*text, *inside} ^ known.usual
        assert sorted(known.terms(codes).split()) == sorted(known.term(one)[0] for one in unlike)
    assert known.term("处罚") is None and known.term("处") == ("处", True) and known.term("罚") == ("罚", False)
    assert frequent.Frequent().inside(tokens.codes_of("当事人")) == []
    assert frequent.Frequent().terms(tokens.codes_of("当事当")).split() == sorted("当事")
    assert frequent.Frequent.read(known.facts()).facts() == known.facts()


def test_a_register_that_doubled_learns_its_common_words_anew(register: Path) -> None:
    follower = following.Follower()
    try:
        follower.step()
        old = index.current(register)
        writing.write(2 * ROWS, jurisdiction=LOG)
        while follower.step():
            pass
        follower._counted -= following.COUNT_SECONDS + 1
        follower.step()
        assert index.current(register) != old
        assert paged(Wanted("当事人")) == scanned(Wanted("当事人"))
    finally:
        follower.close()
