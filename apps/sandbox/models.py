"""What the real API must be storing, as its filter names show it. What can only be read, not filtered, is in `facts`."""

from django.db import models

from .contract import ENUMS


def choice(enum: str, **options: object) -> "models.CharField[str, str]":
    return models.CharField(max_length=60, choices=list(ENUMS[enum].items()), **options)  # type: ignore[arg-type]


class Issuer(models.Model):
    name = models.CharField(max_length=200)
    archived = models.BooleanField(default=False)


class Offering(models.Model):
    issuer = models.ForeignKey(Issuer, on_delete=models.CASCADE)
    name = models.CharField(max_length=200)
    slug = models.SlugField()
    type = choice("OfferingType")
    status = choice("OfferingStatus")
    archived = models.BooleanField(default=False)
    opened_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    facts = models.JSONField()


class ApiKey(models.Model):
    """Sees one offering, or all of an issuer's where `offering` is null."""

    label = models.CharField(max_length=60, unique=True)
    key = models.CharField(max_length=60, unique=True)
    issuer = models.ForeignKey(Issuer, on_delete=models.CASCADE)
    offering = models.ForeignKey(Offering, null=True, on_delete=models.CASCADE)
    revoked = models.BooleanField(default=False)


class Entity(models.Model):
    email = models.EmailField()
    kyc_status = choice("KycStatus")


class EntityPerson(models.Model):
    entity = models.OneToOneField(Entity, on_delete=models.CASCADE)
    first_name = models.CharField(max_length=100)
    last_name = models.CharField(max_length=100)


class PlatformUser(models.Model):
    email = models.EmailField(unique=True, max_length=255)
    entity = models.ForeignKey(Entity, null=True, on_delete=models.CASCADE)


class ThirdPartyIssuerUser(models.Model):
    """An issuer's own acquaintance with a user; a user can be known twice, so filtering by it can repeat rows."""

    user = models.ForeignKey(PlatformUser, on_delete=models.CASCADE)
    issuer = models.ForeignKey(Issuer, on_delete=models.CASCADE)
    email = models.EmailField(max_length=255, db_index=True)


class Account(models.Model):
    """Who signs in to Firebase for an issuer."""

    issuer = models.OneToOneField(Issuer, on_delete=models.CASCADE)
    email = models.EmailField(unique=True)
    password = models.CharField(max_length=60)
    disabled = models.BooleanField(default=False)


class Investor(models.Model):
    type = choice("InvestorType")
    user = models.ForeignKey(PlatformUser, on_delete=models.CASCADE)
    entity = models.ForeignKey(Entity, null=True, on_delete=models.CASCADE)


class Investment(models.Model):
    offering = models.ForeignKey(Offering, on_delete=models.CASCADE)
    investor = models.ForeignKey(Investor, on_delete=models.CASCADE)
    reference_id = models.CharField(max_length=40, db_index=True)
    status = choice("InvestmentStatus", db_index=True)
    quantity = models.IntegerField()
    amount = models.DecimalField(max_digits=14, decimal_places=2, db_index=True)
    shares_amount = models.DecimalField(max_digits=14, decimal_places=2)
    payment_method = models.CharField(max_length=60, blank=True)
    requested_payment_method = choice("RequestedPaymentMethod")
    processing_issue_statuses = models.TextField(blank=True)
    processed_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_index=True)
    updated_at = models.DateTimeField(db_index=True)
    facts = models.JSONField()


class InvestmentApproval(models.Model):
    investment = models.OneToOneField(Investment, on_delete=models.CASCADE)
    is_approved = models.BooleanField()


class WatchlistEntity(models.Model):
    investment = models.OneToOneField(Investment, on_delete=models.CASCADE)
    has_hits = models.BooleanField()


class Disclaimer(models.Model):
    """One of Tokeny's, for the account of an issuer."""

    issuer = models.ForeignKey(Issuer, on_delete=models.CASCADE)
    disclaimer_content = models.TextField(null=True)  # noqa: DJ001 - as Strapi has it
    published_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
