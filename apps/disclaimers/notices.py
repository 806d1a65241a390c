"""Emails to whom a disclaimer waits for, and to its authors. They name title and version, never the text."""

from collections.abc import Collection, Sequence

from django.urls import reverse

from apps.notices.models import Kind
from apps.notices.telling import tell

from .models import Disclaimer, Drift, Push, Review, Version


def waits(version: Version) -> None:
    """To those who may approve it and did not write in it."""
    disclaimer = version.disclaimer
    said = f"“{disclaimer.title}” {version} waits for your approval"
    lines = [f"Submitted by {version.author}."] if version.author else []
    to_version(Kind.WAITS, f"waits:{version.pk}", said, lines, version, but=version.authors)


def approved(version: Version) -> None:
    to_version(
        Kind.DECIDED,
        f"approved:{version.pk}",
        f"“{version.disclaimer.title}” {version} was approved",
        ["It can be published now."],
        version,
        to=version.authors,
    )


def rejected(review: Review) -> None:
    version = review.version
    said = f"“{version.disclaimer.title}” {version} was rejected"
    to_version(
        Kind.DECIDED, f"rejected:{review.pk}", said, [f"{review.person}: {review.reason}"], version, to=version.authors
    )


def published(push: Push) -> None:
    said = f"“{push.disclaimer.title}” {push.version} was published"
    to_version(
        Kind.PUBLISHED,
        f"published:{push.pk}",
        said,
        ["Tokeny confirmed it. It’s public now."],
        push.version,
        to=push.version.authors,
    )


def unconfirmed(push: Push) -> None:
    said = f"Publication of “{push.disclaimer.title}” {push.version} is unconfirmed"
    lines = ["Tokeny’s answer was lost. We keep looking whether it arrived; check before you publish again."]
    to_version(Kind.PUBLISHED, f"unconfirmed:{push.pk}", said, lines, push.version, to=push.version.authors)


def out_of_sync(disclaimer: Disclaimer) -> None:
    """Once for each text that Tokeny holds instead."""
    live = disclaimer.live
    if not disclaimer.drift or live is None:
        return
    said = f"“{disclaimer.title}” is out of sync"
    path = reverse("disclaimer_detail", args=[disclaimer.tenant.slug, disclaimer.pk])
    lines = [f"{live} was {Drift(disclaimer.drift).label}."]
    tell(
        disclaimer.tenant,
        Kind.PUBLISHED,
        f"drift:{disclaimer.pk}:{disclaimer.drift_key}",
        f"{disclaimer.tenant.name}: {said}",
        lines,
        path,
        to=live.authors,
    )


def to_version(
    kind: Kind,
    key: str,
    said: str,
    lines: Sequence[str],
    version: Version,
    *,
    to: Collection[int] | None = None,
    but: Collection[int] = (),
) -> None:
    tenant = version.disclaimer.tenant
    path = reverse("version_detail", args=[tenant.slug, version.disclaimer_id, version.number])
    tell(tenant, kind, key, f"{tenant.name}: {said}", lines, path, to=to, but=but)
