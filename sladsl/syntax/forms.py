"""One example of each clause and declaration, as findings show it.

By block (the empty block is outside any brace), then by the first word. `test_syntax.py`
parses each and notices one that lacks.
"""

from __future__ import annotations

__all__ = ["FORMS", "HEADS"]

#: What a block's opening looks like, up to its brace.
HEADS = {
    "plan": "plan gold {",
    "agreement": "agreement hosting {",
    "service": "service website {",
    "stream": "stream checks {",
    "calendar": "calendar office {",
    "exclusion": "exclusion planned {",
    "outage": "outage down {",
    "obligation": "obligation uptime {",
    "remedy": "remedy leave {",
    "test": 'test "a quiet month" {',
    "given": 'test "a quiet month" { given checks {',
    "credit": "obligation uptime { credit once {",
    "greatest": "obligation uptime { credit once greatest of {",
}

_PAYMENT = "5% of fee, at most 20% of fee"

FORMS: dict[str, dict[str, str]] = {
    "": {
        "language": "language 1",
        "based": 'based on "corporate.sla"',
        "plan": "plan gold { target = 99.9% }",
        "agreement": 'agreement hosting "Web hosting" { ... }',
        "service": 'service website { of target "web" }',
        "stream": "stream checks { event at seen  seen time }",
        "enum": "enum priority = P1, P2, P3",
        "calendar": "calendar office { open mon..fri 09:00-17:00 }",
        "exclusion": "exclusion planned { spans of maintenance  for all }",
        "outage": "outage down { samples of checks where not up }",
        "metric": "metric speed = p95 of latency in checks where up",
        "baseline": "baseline before = mean of wait in calls from 2025-01-01 to 2026-01-01",
        "obligation": "obligation uptime { acme owes globex  require availability >= 99.9% }",
        "charge": "charge each 95.00 EUR for tickets where kind == break_fix",
        "cap": "cap credits at 50% of fee per month",
        "remedy": "remedy leave { globex may terminate  when uptime breached in 3 of 6 months }",
        "amendment": "amendment a1 signed 2026-03-20 from 2026-04-01 { ... }",
        "test": 'test "a quiet month" { expect uptime in 2026-02 met }',
    },
    "agreement": {
        "provider": 'provider acme "Acme Hosting"',
        "customer": 'customer globex "Globex"',
        "internal": "internal",
        "plan": "plan gold",
        "term": "term from 2026-01-01 through 2026-12-31",
        "renews": "renews for 12 months when uptime met in 10 of 12 months",
        "timezone": 'timezone "Europe/Amsterdam"',
        "currency": "currency EUR",
        "fee": "fee 1200.00 EUR per month",
        "rounding": "rounding half even to 0.01 EUR",
        "review": "review every 3 months by acme, globex",
        "records": "records of acme decide",
        "late": "late data accepted for 3 days",
        "week": "week starts monday",
        "month": "month starts on day 5",
        "year": "year starts in april",
        "percentile": "percentile method nearest_rank",
    },
    "service": {
        "of": 'of target "web", "shop"',
        "from": "from 2026-03-01 through 2026-08-31",
        "members": "members of fleet by machine",
        "the": "the rest counts as up",
    },
    "stream": {
        "event": "event at seen",
        "span": "span from starts to ends",
        "key": "key target, seen",
        "sequence": "sequence number",
        "recorded": "recorded received",
        "expected": "expected every 30s",
        "timezone": 'timezone "Europe/Amsterdam"',
        "ambiguous": "ambiguous earlier",
    },
    "calendar": {
        "timezone": 'timezone "Europe/Amsterdam"',
        "open": "open mon..fri 09:00-17:00",
        "closed": 'closed on holidays "NL"',
    },
    "exclusion": {
        "spans": "spans of maintenance where announced <= starts - 72h",
        "for": "for all",
        "on": "on target == target",
        "windows": "windows of 1min where error_rate < 0.1%",
        "at": "at most 4h per month",
        "excluded": "excluded time counts as up",
    },
    "outage": {
        "for": "for each target",
        "samples": "samples of checks where not up",
        "spans": "spans of incidents where not answered",
        "windows": "windows of 5min where error_rate > 5%",
        "each": "each sample holds until the next",
        "at": "at once for every instance",
        "measured": "measured during spans of fleet where size >= 10, the rest counts as up",
        "lasting": "lasting at least 5min",
        "rounded": "rounded up to 1min",
        "counted": "counted from notices.sent where kind == outage",
        "weighted": "weighted by affected",
        "missing": "missing data counts as down",
    },
    "obligation": {
        "responsible": "responsible acme",
        "accountable": "accountable acme",
        "consulted": "consulted globex",
        "informed": "informed globex",
        "measured": "measured by acme",
        "reported": "reported by acme",
        "require": "require availability >= 99.9% per month for each target",
        "applies": "applies where volume >= 2000",
        "excluding": "excluding maintenance, force_majeure",
        "excluded": "excluded time counts as up",
        "excused": "excused while globex breaches give_information on id == ticket",
        "credit": f"credit once {_PAYMENT}",
        "bonus": f"bonus once {_PAYMENT}",
        "penalty": f"penalty each {_PAYMENT}",
        "claim": "claim within 30 days of end of period by notices where kind == claim",
        "returned": "returned if met for 3 months",
        "instead": "instead of fast",
        "without": "without claim",
        "paid": "paid only above 1.00 USD",
    },
    "greatest": {"on": "on availability { below 99.9%: 10% of fee }"},
    "credit": {
        "below": "below 99.9%: 10% of fee",
        "above": "above 99.9% and at most 100%: 10% of fee",
        "at": "at most 99.9%: 10% of fee",
    },
    "remedy": {
        "when": "when uptime breached in 3 of 6 months",
        "within": "within 60 days",
    },
    "test": {
        "as": "as of 2026-02-01",
        "given": "given checks every 30s from 2026-02-01 to 2026-03-01 { up = true }",
        "expect": "expect uptime in 2026-02 breached at 99.5%",
    },
}
