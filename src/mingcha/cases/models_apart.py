"""The third ring of the separation of duties (职责分离): who acts on a case in which capacity — procedures.md §5.

Conditions only; the tables stand in models.py and in the ledger.
"""

from __future__ import annotations

from mingcha.accounts.choices import Role
from mingcha.cases.rules import pairs
from mingcha.common.triggers import day_of, forbid

_APART = " OR ".join(
    f"(d.duty = '{one}' AND NEW.duty = '{other}')"
    for row in pairs()
    for one, other in ((row["one"], row["other"]), (row["other"], row["one"]))
)
forbid(
    "cases_duty",
    "INSERT",
    "duty-incompatible",
    "EXISTS (SELECT 1 FROM cases_duty d WHERE d.case_id = NEW.case_id AND d.officer_id = NEW.officer_id "
    f"AND ({_APART}))",
)
# Where somebody was named to look at the statements again, nobody else answers them.
forbid(
    "cases_statementanswer",
    "INSERT",
    "recheck-not-named",
    "EXISTS (SELECT 1 FROM cases_statement s JOIN cases_duty d ON d.case_id = s.case_id WHERE s.id = NEW.statement_id "
    "AND d.duty = 'rechecker') AND NOT EXISTS (SELECT 1 FROM cases_statement s JOIN cases_duty d "
    "ON d.case_id = s.case_id WHERE s.id = NEW.statement_id AND d.duty = 'rechecker' AND d.officer_id = NEW.officer_id)",
)
# Auxiliary staff judges no statements.
forbid(
    "cases_duty",
    "INSERT",
    "rechecker-unsuitable",
    "NEW.duty = 'rechecker' AND EXISTS (SELECT 1 FROM accounts_officer o WHERE o.id = NEW.officer_id "
    "AND o.staff_kind = 'auxiliary')",
)
# One person entered twice, in two organisations, is still one person.
forbid(
    "cases_duty",
    "INSERT",
    "duty-same-name",
    "EXISTS (SELECT 1 FROM cases_duty d JOIN accounts_officer o ON o.id = d.officer_id "
    "JOIN accounts_officer n ON n.id = NEW.officer_id WHERE d.case_id = NEW.case_id "
    "AND d.officer_id <> NEW.officer_id AND REPLACE(REPLACE(o.name, ' ', ''), '\u3000', '') = "
    "REPLACE(REPLACE(n.name, ' ', ''), '\u3000', ''))",
)
forbid(
    "cases_duty",
    "INSERT",
    "reviewer-unqualified",
    "NEW.duty = 'reviewer' AND NOT EXISTS (SELECT 1 FROM accounts_qualification q WHERE q.officer_id = NEW.officer_id) "
    "AND NOT EXISTS (SELECT 1 FROM cases_duty d WHERE d.case_id = NEW.case_id AND d.officer_id = NEW.officer_id)",
)
forbid(
    "cases_duty",
    "INSERT",
    "handler-without-certificate",
    "NEW.duty = 'handler' AND NOT EXISTS (SELECT 1 FROM accounts_certificate c WHERE c.officer_id = NEW.officer_id)",
)

# Acts in which a head consents to what others propose; the journal names the role in words.
APPROVALS = ("case-moved", "branch-opened", "branch-moved", "period-extended", "approval-answered", "avoidance-decided")
_KINDS = ", ".join(f"'{kind}'" for kind in APPROVALS)
# As a list SQLite would fill a table of its own at every entry of the journal.
_NEW_KIND = "(" + " OR ".join(f"NEW.kind = '{kind}'" for kind in APPROVALS) + ")"
_HEADS = f"'{Role.HEAD.label}', '{Role.UNIT_HEAD.label}', '{Role.CHIEF.label}'"
# The journal writes an officer with dashes, SQLite keeps keys without.
_SAME = "REPLACE(CAST({key} AS TEXT), '-', '') = REPLACE({actor} ->> 'officer_id', '-', '')"
# Who drew what is inspected does not inspect it (抽取与检查分开) — 优化营商环境条例 art. 54.
for _duty, _code, _roles in (
    ("handler", "approver-handles", _HEADS),
    ("reviewer", "approver-reviews", _HEADS),
    ("handler", "drawer-handles", f"'{Role.SUPERVISOR.label}'"),
):
    forbid(
        "ledger_journalentry",
        "INSERT",
        _code,
        f"NEW.case_id IS NOT NULL AND {_NEW_KIND} AND NEW.actor ->> 'role' IN ({_roles}) AND EXISTS ("
        f"SELECT 1 FROM cases_duty d WHERE d.case_id = NEW.case_id AND d.duty = '{_duty}' "
        f"AND {_SAME.format(key='d.officer_id', actor='NEW.actor')})",
    )
    forbid(
        "cases_duty",
        "INSERT",
        _code,
        f"NEW.duty = '{_duty}' AND EXISTS (SELECT 1 FROM ledger_journalentry j WHERE j.case_id = NEW.case_id "
        f"AND j.kind IN ({_KINDS}) AND j.actor ->> 'role' IN ({_roles}) "
        f"AND {_SAME.format(key='NEW.officer_id', actor='j.actor')})",
    )
# Who presided on the day of the act, not who does when somebody asks.
_DAY = day_of("NEW.occurred_at")
_HELD = f"CAST(g.since AS TEXT) <= {_DAY} AND (g.until IS NULL OR CAST(g.until AS TEXT) > {_DAY})"
forbid(
    "ledger_journalentry",
    "INSERT",
    "approver-not-presiding",
    f"NEW.case_id IS NOT NULL AND NEW.kind = 'case-moved' AND NEW.actor ->> 'role' = '{Role.CHIEF.label}' "
    "AND NOT EXISTS (SELECT 1 FROM accounts_rolegrant g WHERE g.role = 'chief' "
    f"AND {_HELD} AND {_SAME.format(key='g.officer_id', actor='NEW.actor')})",
)
# A decision on avoidance names another than the person concerned; a declaration without conflict comes first.
forbid(
    "cases_avoidance",
    "INSERT",
    "avoidance-own",
    "((NEW.state = 'granted' OR (NEW.state = 'rejected' AND NEW.conflict)) "
    "AND (NEW.decided_by_id IS NULL OR NEW.decided_by_id = NEW.officer_id)) "
    "OR (NEW.state = 'rejected' AND NOT NEW.conflict AND EXISTS (SELECT 1 FROM cases_avoidance a "
    "WHERE a.case_id = NEW.case_id AND a.officer_id = NEW.officer_id))",
)
