"""The demo's disclaimers, one in each state: live, waiting for approval, approved, rejected, a draft, out of sync, and one
that only Tokeny has."""

from typing import Any

import httpx

NEXT = """# Important notice

No money or other consideration is being solicited, and if sent in response, **will not be accepted**.

- No offer to buy the securities can be accepted until the offering statement is qualified.
- An indication of interest involves no obligation.

## Before you invest

1. Read the [offering circular](https://www.example.com/circular).
2. Ask your lawyer.

> Past performance does not guarantee future results.
"""
RISK = """# Risk factors

An investment in this offering is **speculative**. You may lose all of your investment.

- No market for the shares exists, and none may develop.
- The company has a limited operating history.
- Fees are described in the offering document.
"""
FORWARD = """# Forward-looking statements

Statements about the future are forward-looking. *Actual results may differ materially.*
"""
BAD_ACTOR = """# Bad actor disclosure

No covered person is subject to a disqualifying event under Rule 506(d).
"""
PRIVACY = """# Privacy notice

We collect what the law asks us to collect, and share it with our transfer agent and broker-dealer.
"""
TITLES = {
    "Testing-the-waters notice": NEXT,
    "Risk factors": RISK,
    "Forward-looking statements": FORWARD,
    "Bad actor disclosure": BAD_ACTOR,
    "Privacy notice": PRIVACY,
    "Transfer restrictions": "# Transfer restrictions\n\nShares can’t be resold for one year.\n",
}


def write(tenant: Any, url: str) -> None:
    """With the code that serves the pages; Tokeny is the sandbox at `url`."""
    from apps.disclaimers import approving, drafting, publishing, sending, watching

    people = {each.role: each.person for each in tenant.memberships.select_related("person").order_by("-pk")}
    writer, approver = people["manager"], people["compliance"]

    def approved(made: Any) -> Any:
        version = drafting.send_for_approval(made, writer)
        approving.review(version, version.sha256, approver, approves=True)
        return version

    made = {}
    for title, text in TITLES.items():
        made[title] = drafting.begin(tenant, title, writer)
        drafting.save(made[title], text, 0, writer)
    for title in ("Testing-the-waters notice", "Risk factors", "Forward-looking statements"):
        approved(made[title])
        publishing.push(made[title], writer)
    while sending.work():
        pass
    watching.compare(tenant)
    changed = NEXT.replace("Ask your lawyer.", "Ask your lawyer or tax adviser.")
    waiting = made["Testing-the-waters notice"]
    waiting.refresh_from_db()
    drafting.save(waiting, changed, waiting.revision, writer)
    drafting.send_for_approval(waiting, writer)
    approved(made["Bad actor disclosure"])
    rejected = drafting.send_for_approval(made["Transfer restrictions"], writer)
    approving.review(
        rejected, rejected.sha256, approver, "Name the exceptions to the one-year holding period.", approves=False
    )
    made["Risk factors"].refresh_from_db()
    by_someone_else(
        url,
        id=made["Risk factors"].tokeny_id,
        text=RISK.replace("- Fees are described in the offering document.\n", ""),
    )
    by_someone_else(url, text="# Perk terms\n\nPerks ship within six months of closing.\n")
    watching.compare(tenant)


def by_someone_else(url: str, **text: Any) -> None:
    """As someone writes in Tokeny's own admin: a new text, or another one for `id`."""
    httpx.post(f"{url}/_sandbox/disclaimers/", json=text, timeout=10).raise_for_status()
