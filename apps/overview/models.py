"""What the overview adds up: a row of facts for each investment and key, without a name, contact, text or financial field."""

from typing import Any

from django.db import models

from apps.investments.blockers import BROKER, CUSTODIAN, INVESTOR, ISSUER, NOBODY
from apps.listing import short_time
from apps.tenants.models import IssuanceKey, Tenant

from .money import money


class Snapshot(models.Model):
    """What a team's facts are as of. `generation`: of the facts that are shown, 0 for none; `number`: grows whenever they
    change, so that who reads several sums can tell that all are of one moment; `as_of`: that moment; `whole_at`: when all
    of them were last read; `zone`: whose weeks they are read by; `held`: see apps.overview.passes.Held; `failed`: why the
    last pass came to nothing, {} if it did not; `looked_at`: when somebody last looked."""

    tenant = models.OneToOneField(Tenant, on_delete=models.CASCADE, related_name="snapshot", primary_key=True)
    generation = models.PositiveIntegerField(default=0)
    number = models.PositiveIntegerField(default=0)
    as_of = models.DateTimeField(null=True)
    whole_at = models.DateTimeField(null=True)
    zone = models.CharField(max_length=60, default="")
    held: Any = models.JSONField(default=dict)
    failed: Any = models.JSONField(default=dict)
    looked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"facts of {self.tenant_id}"


class Digest(models.Model):
    """What the navigation and a person's list of teams say of a team: of its snapshot, over all keys and offerings. `raised`: in
    millionths of a dollar, from `raised_by` investments; `waits`: who must act -> how many open investments wait for them."""

    tenant = models.OneToOneField(Tenant, on_delete=models.CASCADE, related_name="digest", primary_key=True)
    as_of = models.DateTimeField()
    raised = models.BigIntegerField()
    raised_by = models.PositiveIntegerField()
    waits: Any = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"digest of {self.tenant_id}"

    @property
    def money(self) -> str:
        return money(self.raised)

    @property
    def as_of_words(self) -> str:
        return short_time(self.as_of, self.tenant.zone)

    @property
    def your_team(self) -> int:
        """How many investments wait for the team itself."""
        return int(self.waits.get(ISSUER, 0))

    @property
    def waiting(self) -> str:
        """Who must act on how many, as a sentence: "Your team 3, Investor 12"."""
        order = (ISSUER, BROKER, INVESTOR, CUSTODIAN, NOBODY)  # PostgreSQL keeps none
        known = [who for who in order if who in self.waits]
        return ", ".join(f"{who} {self.waits[who]:,}" for who in (*known, *sorted({*self.waits} - {*known})))


class Fact(models.Model):
    """One investment, as one key sees it. Moments are whole seconds since 1970. `number`: its ID; `offering`: 0 if the row
    names none; `week`: the Monday of the week in which it was created; `created_from` and `created_until`: the seconds
    between which that was, as near as is known; `amount`: in millionths of a dollar, None if it cannot be read;
    `blockers`: codes with a comma after each."""

    id = models.BigAutoField(primary_key=True)
    key = models.ForeignKey(IssuanceKey, on_delete=models.CASCADE, related_name="+")
    generation = models.PositiveIntegerField()
    number = models.BigIntegerField()
    offering = models.BigIntegerField()
    week = models.DateField()
    created_from = models.BigIntegerField()
    created_until = models.BigIntegerField()
    status = models.CharField(max_length=40)
    method = models.CharField(max_length=60)
    amount = models.BigIntegerField(null=True)
    received = models.BigIntegerField(null=True)
    invested = models.BigIntegerField(null=True)
    refunded = models.BigIntegerField(null=True)
    processed = models.BigIntegerField(null=True)
    updated = models.CharField(max_length=40)
    """As sent: to see whether a row is another now."""
    blockers = models.CharField(max_length=2500)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("key", "generation", "number"), name="fact_once"),)
        indexes = (
            models.Index(fields=("key", "generation", "week")),
            models.Index(
                fields=("key", "generation", "offering", "status", "received", "invested", "refunded", "amount"),
                name="fact_sums",  # holds all that most sums read
            ),
        )

    def __str__(self) -> str:
        return f"fact {self.number}"
