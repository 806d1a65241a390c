"""Why a push is in the state it is in. The row stores a code and its parameters; the sentence is made when it is
shown."""

from enum import StrEnum
from typing import Any

from apps.upstream import errors

Kept = dict[str, Any]


class Reason(StrEnum):
    """`{…}` in a sentence: its parameters; `{what}`, `{means}` and `{next}`: the words of the underlying error."""

    NOT_SENT = "not sent"
    TRIED_LONG = "tried long"
    REJECTED = "rejected"
    ANSWER_LOST = "answer lost"
    FAULT = "fault"
    FAULT_AFTER_SENDING = "fault after sending"
    WORKER_ENDED = "worker ended"
    NOT_APPROVED = "not approved"
    FOUND_AGAIN = "found again"
    MISSING = "missing"
    UNPUBLISHED = "unpublished"
    CHANGED = "changed"
    ARRIVED_AFTER_ALL = "arrived after all"
    ABANDONED = "abandoned"
    SEVERAL = "several"
    COPY_ARRIVED = "copy arrived"
    COPY_GONE = "copy gone"
    TOLD = "told"


SENTENCES = {
    Reason.NOT_SENT: "{what} {next} Nothing was sent.",
    Reason.TRIED_LONG: "{what} {next} Nothing was sent. We retried for 15 minutes.",
    Reason.REJECTED: "{what} {means}",
    Reason.ANSWER_LOST: "{what}",
    Reason.FAULT: "A problem on our end interrupted it. Nothing was sent.",
    Reason.FAULT_AFTER_SENDING: "A problem on our end interrupted it after the text was sent.",
    Reason.WORKER_ENDED: "The background worker stopped while sending.",
    Reason.NOT_APPROVED: "It’s no longer approved. Nothing was sent.",
    Reason.FOUND_AGAIN: "The text that was missing is in Tokeny again, as Tokeny ID {number}. Nothing was sent.",
    Reason.MISSING: "It’s missing from Tokeny. Nothing was sent. Publish it again as a new text.",
    Reason.UNPUBLISHED: (
        "It was unpublished in Tokeny. Nothing was sent. Publish it again as a new text, or publish it in Tokeny."
    ),
    Reason.CHANGED: ("Someone changed it in Tokeny since the last check. Nothing was sent or overwritten."),
    Reason.ARRIVED_AFTER_ALL: "The earlier publication went through and is now confirmed. Nothing was sent.",
    Reason.ABANDONED: "{email} checked Tokeny and didn’t find it.",
    Reason.SEVERAL: (
        "Tokeny now has this text {count} times (Tokeny IDs {numbers}). Check Tokeny and delete all but one."
    ),
    Reason.COPY_ARRIVED: (
        "It went through late, as Tokeny ID {numbers}. Tokeny ID {live} is live. Delete {numbers} in Tokeny."
    ),
    Reason.COPY_GONE: "It went through late, so Tokeny had it twice. The copy is no longer there.",
    Reason.TOLD: "{words}",
}
"""TOLD: the words of a row from before reasons were codes."""


def because(reason: Reason, error: errors.UpstreamError | None = None, **about: Any) -> Kept:
    return {"reason": reason.value, "about": about} | ({"error": error.as_kept()} if error else {})


def words(kept: Kept) -> str:
    """The reason as a sentence; "" if there is none."""
    if not kept:
        return ""
    error = errors.again(kept.get("error", {})) or errors.UpstreamError()
    of_error = {"what": error.what, "means": error.means, "next": errors.advice(error)}
    return SENTENCES[Reason(kept["reason"])].format(**kept["about"], **of_error)
