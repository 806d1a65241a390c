"""A small sealed log of two teams, and ways in which somebody with the database's rights would change it."""

import base64
import json
import random
import uuid
from collections.abc import Callable
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import connection

from apps.audit import proofs, segments
from apps.audit.actions import Action
from apps.audit.content import content
from apps.audit.models import Entry, Segment, Unsealed
from apps.audit.record import record
from apps.evidence import sealing
from apps.evidence.verifying import Head
from apps.tenants.models import SigningKey, Tenant

ACTIONS = (Action.SEARCHED, Action.INVESTMENT_VIEWED, Action.MEMBER_CHANGED, Action.KEY_ADDED)


def write(team: UUID, number: int) -> None:
    for at in range(number):
        record(ACTIONS[at % 4], actor=None, tenant=team, subject=f"investment:{at}", ids=[at], role="owner")


def sealed_log(rounds: int = 8, entries: int = 5) -> tuple[UUID, UUID]:
    """Two teams whose entries were written and sealed in turn."""
    teams = [Tenant.objects.create(slug=name, name=name.title()).id for name in ("first", "second")]
    for _ in range(rounds):
        for team in teams:
            write(team, entries)
        sealing.seal()
    return teams[0], teams[1]


def heads(chain: UUID) -> dict[int, Head]:
    """What was sent elsewhere."""
    of_chain = Segment.objects.filter(chain=chain)
    return {segment.number: Head(segment.hash, segments.head_of(segment)["first"]) for segment in of_chain}


def run(statement: str, *given: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, given)


class Tamperer:
    """Each `do_…` changes the first team's log and returns the number of the first entry that is wrong from then on."""

    def __init__(self, chain: UUID, other: UUID, chance: random.Random) -> None:
        self.chain, self.other, self.chance = chain, other, chance
        self.segments = list(Segment.objects.filter(chain=chain).order_by("number"))
        self.at = chance.randrange(len(self.segments))
        self.segment = self.segments[self.at]
        self.numbers = [number for number, _ in proofs.entries(bytes(self.segment.leaves))]
        self.entry = chance.choice(self.numbers)

    @property
    def first(self) -> int:
        return self.numbers[0]

    @classmethod
    def ways(cls) -> list[str]:
        return [name for name in vars(cls) if name.startswith("do_")]

    def set(self, number: int, **values: Any) -> None:
        names = ", ".join(f"{name} = %s" for name in values)
        run(f"UPDATE audit_entry SET {names} WHERE id = %s", *values.values(), number)

    def set_segment(self, segment: Segment, **values: Any) -> None:
        names = ", ".join(f"{name} = %s" for name in values)
        run(f"UPDATE audit_segment SET {names} WHERE id = %s", *values.values(), segment.pk)

    # one column of an entry

    def do_time(self) -> int:
        self.set(
            self.entry,
            at=f"2020-01-01 00:00:00.{self.chance.randrange(10**6):06}+00:00"[
                : 26 if connection.vendor == "sqlite" else 32
            ],
        )
        return self.entry

    def do_team(self) -> int:
        self.set(self.entry, tenant=self.other.hex)
        return self.entry

    def do_no_team(self) -> int:
        self.set(self.entry, tenant=None)
        return self.entry

    def do_actor(self) -> int:
        run("UPDATE audit_entry SET actor_id = (SELECT min(id) FROM staff_staffmember) WHERE id = %s", self.entry)
        return self.entry

    def do_action(self) -> int:
        self.set(self.entry, action="signed in")
        return self.entry

    def do_subject(self) -> int:
        self.set(self.entry, subject="investment:999")
        return self.entry

    def do_details(self) -> int:
        self.set(self.entry, details=json.dumps({"ids": [self.chance.randrange(10**6)], "role": "owner"}))
        return self.entry

    def do_request(self) -> int:
        self.set(self.entry, request_id="another")
        return self.entry

    def do_salt(self) -> int:
        self.set(self.entry, salt=self.chance.randbytes(16))
        return self.entry

    def do_content(self) -> int:
        self.set(self.entry, content=self.chance.randbytes(200))
        return self.entry

    def do_leaf(self) -> int:
        self.set(self.entry, leaf=self.chance.randbytes(32))
        return self.entry

    def do_no_leaf(self) -> int:
        self.set(self.entry, leaf=None)
        return self.entry

    def do_nothing_hashed(self) -> int:
        self.set(self.entry, leaf=None, content=None, salt=None, subject="investment:998")
        return self.entry

    # an entry, with its hash made anew

    def forge(self, number: int) -> bytes:
        entry = Entry.objects.get(pk=number)
        details = {"ids": [self.chance.randrange(10**6)]}
        written = content(entry.at, entry.tenant, None, "signed in", entry.subject, details, entry.request_id)
        leaf = proofs.entry_hash(bytes(entry.salt or b""), written)
        self.set(number, details=json.dumps(details), action="signed in", actor_id=None, content=written, leaf=leaf)
        return leaf

    def do_forged(self) -> int:
        self.forge(self.entry)
        return self.entry

    def do_forged_with_its_leaf(self) -> int:
        """Its segment's list says the same; the tree’s root doesn’t."""
        self.replace_leaf(self.forge(self.entry))
        return self.first

    def replace_leaf(self, leaf: bytes) -> None:
        here = [
            (number, leaf if number == self.entry else held)
            for number, held in proofs.entries(bytes(self.segment.leaves))
        ]
        self.segment.leaves = b"".join(proofs.leaf(number, held) for number, held in here)
        self.set_segment(self.segment, leaves=self.segment.leaves)

    def chain_again(self, sign: Callable[[bytes], tuple[str, str]] | None = None) -> None:
        """From the segment on, every hash as it would have to be; signatures are the old ones, unless `sign` makes others."""
        before = self.segments[self.at - 1].hash if self.at else ""
        for segment in self.segments[self.at :]:
            head = json.loads(bytes(segment.head))
            root = proofs.root(proofs.leaves(bytes(segment.leaves))).hex()
            segment.head = proofs.head_bytes(head | {"previous": before, "root": root})
            if sign:
                segment.key, segment.signature = sign(segment.head)
            before = segment.hash = proofs.segment_hash(segment.head, segment.key, segment.signature)
            self.set_segment(
                segment, head=segment.head, hash=segment.hash, key=segment.key, signature=segment.signature
            )

    def do_forged_with_all_hashes(self) -> int:
        self.replace_leaf(self.forge(self.entry))
        self.chain_again()
        return self.first

    def do_forged_and_signed_by_another(self) -> int:
        self.replace_leaf(self.forge(self.entry))
        private = Ed25519PrivateKey.generate()
        public = base64.b64encode(private.public_key().public_bytes_raw()).decode()
        self.chain_again(lambda head: (public, base64.b64encode(private.sign(head)).decode()))
        run("UPDATE tenants_signingkey SET public = %s", public)
        return 0

    def do_forged_and_signed_by_a_second(self) -> int:
        """Beside the key that is ours stands one more, which doesn’t open."""
        private = Ed25519PrivateKey.generate()
        public = base64.b64encode(private.public_key().public_bytes_raw()).decode()
        SigningKey.objects.create(public=public, sealed=SigningKey.objects.get().sealed)
        self.replace_leaf(self.forge(self.entry))
        self.chain_again(lambda head: (public, base64.b64encode(private.sign(head)).decode()))
        return self.first

    # entries that go

    def remove(self, *numbers: int) -> None:
        for number in numbers:
            run("DELETE FROM audit_entry WHERE id = %s", number)

    def do_remove(self) -> int:
        self.remove(self.entry)
        return self.entry

    def do_remove_with_its_leaf(self) -> int:
        self.remove(self.entry)
        left = [leaf for leaf in proofs.leaves(bytes(self.segment.leaves)) if leaf[:8] != self.entry.to_bytes(8, "big")]
        self.set_segment(self.segment, leaves=b"".join(left))
        return next((number for number in self.numbers if number != self.entry), self.entry)

    def do_remove_all_of_a_segment(self) -> int:
        self.remove(*self.numbers)
        return self.first

    def do_remove_as_if_purged(self) -> int:
        self.remove(*self.numbers)
        which = {"first": self.segment.number, "last": self.segment.number, "entries": 5, "until": "2020-01-01"}
        record(Action.ENTRIES_PURGED, actor=None, tenant=self.chain, **which)
        return self.first

    def do_remove_segment(self) -> int:
        run("DELETE FROM audit_segment WHERE id = %s", self.segment.pk)
        return self.first

    def do_remove_segment_and_entries(self) -> int:
        self.remove(*self.numbers)
        run("DELETE FROM audit_segment WHERE id = %s", self.segment.pk)
        return self.first

    # the end

    def cut(self) -> list[int]:
        gone = self.segments[self.at :]
        for segment in gone:
            run("DELETE FROM audit_segment WHERE id = %s", segment.pk)
        return [number for segment in gone for number, _ in proofs.entries(bytes(segment.leaves))]

    def do_cut(self) -> int:
        self.remove(*self.cut())
        return self.first

    def do_cut_and_leave_the_entries(self) -> int:
        self.cut()
        return self.first

    def do_cut_and_let_them_wait(self) -> int:
        for number in self.cut():
            Unsealed.objects.create(entry_id=number)
        return self.first

    def do_cut_forge_and_seal_anew(self) -> int:
        numbers = self.cut()
        self.forge(self.chance.choice(numbers))
        for number in numbers:
            Unsealed.objects.create(entry_id=number)
        sealing.seal()
        return self.first

    # entries that come

    def do_add(self) -> int:
        record(Action.SEARCHED, actor=None, tenant=self.chain)
        Unsealed.objects.all().delete()
        return Entry.objects.latest("pk").pk

    def do_add_with_a_leaf(self) -> int:
        record(Action.SEARCHED, actor=None, tenant=self.chain)
        Unsealed.objects.all().delete()
        entry = Entry.objects.latest("pk")
        joined = bytes(self.segment.leaves) + proofs.leaf(entry.pk, bytes(entry.leaf or b""))
        self.set_segment(self.segment, leaves=joined)
        return self.first

    # entries and segments that change places

    def do_swap_contents(self) -> int:
        one, other = sorted(self.chance.sample(self.numbers, 2))
        names = "at, action, subject, details, request_id, salt, content, leaf"
        columns = [name.strip() for name in names.split(",")]
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {names} FROM audit_entry WHERE id IN (%s, %s) ORDER BY id", [one, other])
            first, second = cursor.fetchall()
        for number, values in ((one, second), (other, first)):
            self.set(number, **dict(zip(columns, values, strict=True)))
        return one

    def do_swap_numbers(self) -> int:
        one, other = sorted(self.chance.sample(self.numbers, 2))
        for before, after in ((one, -1), (other, one), (-1, other)):
            run("UPDATE audit_entry SET id = %s WHERE id = %s", after, before)
        return one

    def do_swap_segments(self) -> int:
        one, other = sorted(self.chance.sample(range(len(self.segments)), 2))
        first, second = self.segments[one], self.segments[other]
        for segment, number in ((first, 10**6), (second, first.number), (first, second.number)):
            self.set_segment(segment, number=number)
        return proofs.entries(bytes(first.leaves))[0][0]

    def do_swap_leaves(self) -> int:
        one, other = sorted(self.chance.sample(range(len(self.segments)), 2))
        first, second = self.segments[one], self.segments[other]
        self.set_segment(first, leaves=second.leaves)
        self.set_segment(second, leaves=first.leaves)
        return proofs.entries(bytes(first.leaves))[0][0]

    # one column of a segment

    def do_chain(self) -> int:
        self.set_segment(self.segment, chain=uuid.uuid4().hex)
        return self.first

    def do_number(self) -> int:
        self.set_segment(self.segment, number=self.segment.number + 1000)
        return self.first

    def do_first(self) -> int:
        self.set_segment(self.segment, first=self.segment.first - 1)
        return self.first

    def do_last(self) -> int:
        self.set_segment(self.segment, last=self.segment.last + 7)
        return self.first

    def do_leaves(self) -> int:
        leaves = bytearray(self.segment.leaves)
        leaves[self.chance.randrange(8, 40)] ^= 1
        self.set_segment(self.segment, leaves=bytes(leaves))
        return self.first

    def do_fewer_leaves(self) -> int:
        self.set_segment(self.segment, leaves=bytes(self.segment.leaves)[: -self.chance.randrange(1, 40)])
        return self.first

    def do_head(self) -> int:
        head = json.loads(bytes(self.segment.head))
        name = self.chance.choice(sorted(head))
        head[name] = f"{head[name]}0" if isinstance(head[name], str) else head[name] + 1
        self.set_segment(self.segment, head=proofs.head_bytes(head))
        return self.first

    def do_hash(self) -> int:
        self.set_segment(self.segment, hash="0" * 64)
        return self.first

    def do_key(self) -> int:
        self.set_segment(self.segment, key=base64.b64encode(self.chance.randbytes(32)).decode())
        return self.first

    def do_signature(self) -> int:
        self.set_segment(self.segment, signature=base64.b64encode(self.chance.randbytes(64)).decode())
        return self.first
