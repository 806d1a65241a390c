"""Rows from a seed number: realistic in spread, awkward where real data are (nulls, unicode, six decimals, every code)."""

import hashlib
import random
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db import transaction
from django.utils.text import slugify

from .contract import ENUMS, FIELDS
from .models import (
    Account,
    ApiKey,
    Entity,
    EntityPerson,
    Investment,
    InvestmentApproval,
    Investor,
    Issuer,
    Offering,
    PlatformUser,
    ThirdPartyIssuerUser,
    WatchlistEntity,
)

NOW = datetime(2026, 11, 20, 17, 30, tzinfo=UTC)
"""The newest row's time. Fixed, so that the same seed gives the same rows on any day."""
CENT = Decimal("0.01")
SHARE_OF_FIRST_ISSUER = 0.7
CHUNK = 5_000

ISSUERS = ("Acme Robotics", "Borealis Energy")
# issuer, name, exemption, status, zone, price, days open
OFFERINGS = (
    (0, "Acme Robotics Reg A Tier 2", "reg_a", "opened", "US/Eastern", "12.500000", 320),
    (0, "Acme Robotics Community Round", "reg_cf", "opened", "US/Pacific", "3.141593", 140),
    (0, "Acme Robotics Series B", "reg_d_506c", "closed", "US/Eastern", "48.000000", 700),
    (0, "Acme Robotics “Next” – Testing the Waters", "test_the_waters", "pending", "US/Central", "10.000000", 30),
    (1, "Borealis Energy Private Placement", "reg_d_506b", "opened", "US/Central", "250.000000", 410),
    (1, "Borealis Énergie Internationale", "reg_s", "paused", "UTC", "0.333333", 220),
    (1, "Borealis Community Solar", "reg_cf", "opened", "US/Central", "7.770000", 95),
)

STATUS_WEIGHTS = {
    "started": 14, "not_received": 9, "payment_failed": 4, "received": 17, "cancelled": 6, "refunded": 3,
    "invested": 22, "approved": 8, "not_approved": 2, "accepted": 9, "accepted_escrow_closed": 6,
}  # fmt: skip
PAYMENT_METHODS = {
    "card": "Credit card",
    "wire": "Wire transfer",
    "ira": "IRA",
    "other": "ACH",
    "crypto": "Crypto (USDC)",
}
FIRST_NAMES = [
    "Ana",
    "Ben",
    "Chloé",
    "Dmitri",
    "Eun-ji",
    "Fatima",
    "Göran",
    "Hana",
    "Ísak",
    "José",
    "Keiko",
    "Lars",
    "Mei",
    "Nia",
    "Olu",
    "Păun",
    "Quinn",
    "Rosa",
    "Søren",
    "Tomás",
    "Uma",
    "Vera",
    "Wei",
    "Ximena",
    "Yusuf",
    "Zoë",
    "Anne-Marie",
    "D'Arcy",
    "Nguyễn",
    "O’Malley",
    "Łukasz",
    "Ægir",
    "美咲",
    "محمد",
    "Александр",
]
LAST_NAMES = [
    "Smith",
    "García",
    "Müller",
    "O'Connor",
    "Nakamura",
    "Singh",
    "Ødegård",
    "Kowalski",
    "Dubois",
    "Rossi",
    "Silva",
    "Kim",
    "Haddad",
    "Ivanova",
    "van-der-Berg",
    "Nguyễn",
    "Çelik",
    "Þórsson",
    "Okafor",
    "Brown",
    "Johnson",
    "Williams",
    "Jones",
    "Lee",
    "Martin",
    "山田",
    "العلي",
    "Петров",
]
BROWSERS = ("Chrome 141", "Safari 19", "Firefox 145", "Edge 141", "")


def fill(rows: int, seed: int) -> None:
    """Builds everything from scratch, in one transaction."""
    dice = random.Random(seed)
    with transaction.atomic():
        issuers = Issuer.objects.bulk_create(Issuer(pk=number + 1, name=name) for number, name in enumerate(ISSUERS))
        offerings = Offering.objects.bulk_create(
            offering(number + 1, issuers, dice, *row) for number, row in enumerate(OFFERINGS)
        )
        ApiKey.objects.bulk_create(keys(seed, issuers, offerings))
        Account.objects.bulk_create(account(seed, issuer) for issuer in issuers)
        investors = make_investors(dice, max(20, rows * 2 // 3))
        for start in range(0, rows, CHUNK):
            make_investments(dice, start, min(CHUNK, rows - start), rows, offerings, investors)
        ThirdPartyIssuerUser.objects.bulk_create(acquaintances(), batch_size=2_000)


def account(seed: int, issuer: Issuer) -> Account:
    password = hashlib.sha256(f"{seed}:{issuer.name}:account".encode()).hexdigest()[:20]
    return Account(issuer=issuer, email=f"api@{slugify(issuer.name).split('-')[0]}.example", password=password)


def acquaintances() -> list[ThirdPartyIssuerUser]:
    """Every user of an issuer's investors once, and one in fifty twice."""
    pairs = Investment.objects.values_list("investor__user", "investor__user__email", "offering__issuer")
    found = sorted(set(pairs))
    return [
        ThirdPartyIssuerUser(user_id=user, email=email, issuer_id=issuer)
        for user, email, issuer in found
        for _ in range(2 if user % 50 == 0 else 1)
    ]


def keys(seed: int, issuers: list[Issuer], offerings: list[Offering]) -> list[ApiKey]:
    """One that sees a whole issuer for each issuer, then one for each offering."""
    whole = [ApiKey(label=f"{issuer.name}, all offerings", issuer=issuer) for issuer in issuers]
    single = [ApiKey(label=row.name, issuer=row.issuer, offering=row) for row in offerings]
    for key in whole + single:
        key.key = "sandbox_" + hashlib.sha256(f"{seed}:{key.label}".encode()).hexdigest()[:40]
    return whole + single


def offering(
    number: int, issuers: list[Issuer], dice: random.Random, issuer: int, name: str, kind: str, status: str, zone: str,
    price: str, days: int,
) -> Offering:  # fmt: skip
    created = NOW - timedelta(days=days + 20, hours=dice.randrange(24))
    return Offering(
        pk=number,
        issuer=issuers[issuer],
        name=name,
        slug=slugify(name),
        type=kind,
        status=status,
        archived=status == "closed",
        created_at=created,
        opened_at=None if status == "pending" else created + timedelta(days=20),
        facts=offering_facts(kind, zone, price, days, issuers[issuer].name),
    )


def offering_facts(kind: str, zone: str, price: str, days: int, issuer: str) -> dict[str, Any]:
    """The fields that no filter knows. Whatever is not named here is blank."""
    domain = slugify(issuer).split("-")[0] + ".example"
    is_cf = kind == "reg_cf"
    facts: dict[str, Any] = dict.fromkeys(FIELDS["Offering"], "")
    facts.update(
        description=f"{issuer} raises under {ENUMS['OfferingType'][kind]}.",
        security_type="Class B Non-Voting Common Stock", share_or_unit="Shares", circular_type="offering_circular",
        warrant_per_unit=None, warrant_expiration_date_delta_year=None, warrant_expiration_date_delta_month=None,
        dollar_amount_investment=is_cf, unit_price=price, administrative_fees="3.50", administrative_fees_paid_by_investor=True,
        number_of_shares=2_000_000, max_investment_amount="250000.00", min_investment_amount="250.00",
        investment_increment_amount=None, minimum_wire_transfer_amount="5000.00",
        contact_name="Robin Vale", contact_title="Investor relations", contact_phone="+1 555 0100",
        contact_email=f"ir@{domain}", accredited_investors=True, non_accredited_investors=kind in ("reg_a", "reg_cf"),
        logo=f"https://cdn.{domain}/logo.png", favicon=None, circular_link=f"https://{domain}/circular", circular_file=None,
        display_circular=True, displayed_number_of_shares=[100, 500, 1000],
        signing_full_name="Robin Vale", signing_title="CEO", signing_email=f"ceo@{domain}",
        support_email=f"help@{domain}", support_phone="+1 555 0101",
        daily_summary_emails=True, daily_summary_recipients=f"team@{domain}", weekly_summary_emails=False,
        wire_email_reminder_period=3, wire_email_reminder_max_sent=4,
        investment_email_reminder_period=2, investment_email_reminder_max_sent=5,
        email_sender_name=issuer, default_timezone=zone, auto_approve_investments=False, auto_accept_investments=False,
        auto_accept_max_amount=None, auto_accept_min_amount=None, email_investment_started_high_value=False,
        email_investment_started_threshold="10000.00", enable_test_the_waters=kind == "test_the_waters",
        displayed_test_the_waters_amounts=[500, 1000, 5000],
        accent_color="#0b5fff", background_accent_color="#ffffff", activity_accent_color="#12805c",
        per_investment_summary_emails=False, user_sent_max_monitoring_emails=False, other_platform_investment_notice=False,
        investor_phone_number_required=False,
        minimum_amount_raised="50000.00" if is_cf else None, reg_cf_amount_raised_tier="5000000.00" if is_cf else None,
        maximum_amount_raised="1070000.00" if is_cf else None, reg_cf_oversubscription=None,
        reg_cf_fee_percentage="4.5000" if is_cf else None,
        display_logo_during_investment="left", display_logo_on_dashboard=True,
        deadline_date=(NOW + timedelta(days=max(5, 365 - days))).date().isoformat(),
    )  # fmt: skip
    return facts


def make_investors(dice: random.Random, number: int) -> list[Investor]:
    """Each with a user of their own; three in a hundred have no entity yet, as a person who only signed up."""
    entities, people, users, investors = [], [], [], []
    for pk in range(1, number + 1):
        first, last = dice.choice(FIRST_NAMES), dice.choice(LAST_NAMES)
        email = f"{slugify(first) or 'investor'}.{slugify(last) or 'name'}.{pk}@mail.example"
        has_entity = dice.random() > 0.03
        kyc = dice.choices(list(ENUMS["KycStatus"]), [10, 8, 74, 8])[0]
        if has_entity:
            entities.append(Entity(pk=pk, email=email, kyc_status=kyc))
            people.append(EntityPerson(pk=pk, entity_id=pk, first_name=first, last_name=last))
        users.append(PlatformUser(pk=pk, email=email, entity_id=pk if has_entity else None))
        kind = dice.choices(list(ENUMS["InvestorType"]), [80, 10, 6, 4])[0]
        investors.append(Investor(pk=pk, type=kind, user_id=pk, entity_id=pk if has_entity else None))
    Entity.objects.bulk_create(entities, batch_size=2_000)
    EntityPerson.objects.bulk_create(people, batch_size=2_000)
    PlatformUser.objects.bulk_create(users, batch_size=2_000)
    Investor.objects.bulk_create(investors, batch_size=2_000)
    kyc_of = {entity.pk: entity.kyc_status for entity in entities}
    for investor in investors:
        investor.kyc = kyc_of.get(investor.pk)  # type: ignore[attr-defined]
    return investors


def make_investments(
    dice: random.Random, start: int, number: int, of: int, offerings: list[Offering], investors: list[Investor]
) -> None:
    investments, approvals, watchlist = [], [], []
    for pk in range(start + 1, start + number + 1):
        row = investment(dice, pk, of, offerings, dice.choice(investors))
        investments.append(row)
        if row.status in ("approved", "not_approved", "accepted", "invested", "accepted_escrow_closed"):
            approvals.append(InvestmentApproval(pk=pk, investment_id=pk, is_approved=row.status != "not_approved"))
        if dice.random() < 0.8:
            hits = "watchlist_hits" in row.processing_issue_statuses
            watchlist.append(WatchlistEntity(pk=pk, investment_id=pk, has_hits=hits))
    Investment.objects.bulk_create(investments, batch_size=1_000)
    InvestmentApproval.objects.bulk_create(approvals, batch_size=2_000)
    WatchlistEntity.objects.bulk_create(watchlist, batch_size=2_000)


def investment(dice: random.Random, pk: int, of: int, offerings: list[Offering], investor: Investor) -> Investment:
    issuer = 1 if dice.random() < SHARE_OF_FIRST_ISSUER else 2
    offer = dice.choice([row for row in offerings if row.issuer_id == issuer])
    status = dice.choices(list(STATUS_WEIGHTS), list(STATUS_WEIGHTS.values()))[0]
    price = Decimal(offer.facts["unit_price"])
    quantity = max(1, int(dice.lognormvariate(4, 1.4)))
    shares = (price * quantity).quantize(CENT, ROUND_HALF_UP)
    fees = dice.choice((Decimal("0.00"), Decimal("3.50"), (shares / 50).quantize(CENT)))
    method = dice.choices(list(PAYMENT_METHODS), [30, 25, 8, 32, 5])[0]
    # The newest row has the greatest number; a third of a day's spread keeps days with many and with few.
    created = NOW - timedelta(
        days=400 * (1 - pk / of), seconds=dice.randrange(30_000), microseconds=dice.randrange(10**6)
    )
    updated = min(NOW, created + timedelta(days=dice.expovariate(0.2)))
    return Investment(
        pk=pk,
        offering=offer,
        investor=investor,
        reference_id=f"{'ABEKR'[offer.pk % 5]}{offer.pk}-{pk:06d}",
        status=status,
        quantity=quantity,
        amount=shares + fees,
        shares_amount=shares,
        payment_method="" if status == "started" else PAYMENT_METHODS[method],
        requested_payment_method=method,
        processing_issue_statuses=",".join(blockers(dice, status, getattr(investor, "kyc", None))),
        processed_at=updated if status in ("invested", "accepted", "accepted_escrow_closed") else None,
        created_at=created,
        updated_at=updated,
        facts=investment_facts(dice, offer, status, price, fees, created, updated),
    )


def blockers(dice: random.Random, status: str, kyc: str | None) -> list[str]:
    """One in six investments is held up, a fifth of these for several reasons; a failed KYC always says so."""
    codes = list(ENUMS["InvestorVerifyProcessStatus"])
    found = {"kyc_failed"} if kyc == "failed" and status in ("received", "started", "not_received") else set()
    if dice.random() < 0.16:
        found.update(dice.sample(codes, dice.choices((1, 2, 4), (80, 15, 5))[0]))
    return [code for code in codes if code in found]


def investment_facts(
    dice: random.Random,
    offer: Offering,
    status: str,
    price: Decimal,
    fees: Decimal,
    created: datetime,
    updated: datetime,
) -> dict[str, Any]:
    """What a row shows and no filter knows; asked-for facts are null where the exemption does not ask for them."""

    def perhaps(value: Any, share: float) -> Any:
        return value if dice.random() < share else None

    def after(days: float) -> str:
        return (created + (updated - created) * min(1.0, days)).isoformat().replace("+00:00", "Z")

    is_paid = status not in ("started", "not_received", "payment_failed", "cancelled")
    is_accredited = perhaps(dice.random() < (1.0 if offer.type.startswith("reg_d") else 0.35), 0.9)
    bonus = dice.random() < 0.12
    return {
        "price": str(price),
        "price_fees": str(fees),
        "price_payment_processing_fees": str((fees * 3 / 10).quantize(CENT)),
        "payment_intent_id": f"pi_{dice.getrandbits(64):016x}" if is_paid else "",
        "has_investor_signed": status not in ("started",) or dice.random() < 0.2,
        "accredited_investor": is_accredited,
        "net_worth": perhaps(f"{dice.randrange(20, 9000) * 1000}.00", 0.6),
        "annual_income": perhaps(f"{dice.randrange(20, 900) * 1000}.50", 0.6),
        "us_person": perhaps(offer.type != "reg_s", 0.9),
        "exempt_from_backup_withholding": perhaps(dice.random() < 0.9, 0.8),
        "amount_invested_in_reg_cf_offering_this_year": f"{dice.randrange(0, 2000)}.00"
        if offer.type == "reg_cf"
        else None,
        "user_browser_type": dice.choice(BROWSERS),
        "accredited_investor_type": dice.choice(list(ENUMS["AccreditedInvestorType"])) if is_accredited else None,
        "received_at": after(0.3) if is_paid else None,
        "refunded_at": after(1.0) if status == "refunded" else None,
        "invested_at": after(0.9) if status in ("invested", "accepted", "accepted_escrow_closed") else None,
        "investor_verify_process_status": dice.choice(("", "", "", "kyc_processing", "pending_ai")),
        "bonus_shares": dice.randrange(1, 200) if bonus else None,
        "bonus_shares_code": dice.choice(("EARLY10", "", "FRIENDS")) if bonus else None,
        "bonus_shares_percentage_tier": "10.00" if bonus else None,
        "bonus_shares_quantity_tier": "0.00" if bonus else None,
        "quantity_qualified_shares": None,
        "price_qualified_shares": None,
    }
