"""Trees as RFC 6962 defines them, signatures as RFC 8032 does: what leaves with a record agrees with the libraries."""

import base64
import os
import random

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.audit import proofs


def by_definition(leaves: list[bytes]) -> bytes:
    """RFC 6962, 2.1, word for word."""
    if not leaves:
        return proofs.EMPTY
    if len(leaves) == 1:
        return proofs.leaf_node(leaves[0])
    half = 1
    while half * 2 < len(leaves):
        half *= 2
    return proofs.node(by_definition(leaves[:half]), by_definition(leaves[half:]))


def some(number: int) -> list[bytes]:
    chance = random.Random(number)
    return [proofs.leaf(at, chance.randbytes(32)) for at in range(number)]


def test_a_root_is_that_of_the_definition() -> None:
    for number in range(70):
        assert proofs.root(some(number)) == by_definition(some(number))


def test_the_known_root_of_an_empty_tree() -> None:
    assert proofs.root([]).hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_each_leaf_is_proved_by_its_path_and_nothing_else_is() -> None:
    for number in range(1, 34):
        leaves = some(number)
        levels, root = proofs.levels(leaves), proofs.root(leaves)
        for index, leaf in enumerate(leaves):
            path = proofs.path(levels, index)
            assert proofs.root_by(path, leaf, index, number) == root
            assert proofs.root_by(path, os.urandom(40), index, number) != root
            assert proofs.root_by([*path, root], leaf, index, number) is None
            assert proofs.root_by(path[:-1], leaf, index, number) is None or number == 1
            assert proofs.root_by(path, leaf, number, number) is None


@settings(max_examples=40, deadline=None)
@given(st.binary(max_size=300))
def test_signatures_agree_with_the_library(content: bytes) -> None:
    private = Ed25519PrivateKey.generate()
    public = base64.b64encode(private.public_key().public_bytes_raw()).decode()
    signature = private.sign(content)
    said = base64.b64encode(signature).decode()
    assert proofs.is_signed(content, said, public)
    assert not proofs.is_signed(content + b"x", said, public)
    flipped = bytes([signature[0] ^ 1, *signature[1:]])
    assert not proofs.is_signed(content, base64.b64encode(flipped).decode(), public)


def test_a_signature_of_rfc_8032_is_right() -> None:
    """7.1, test 2."""
    public = bytes.fromhex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c")
    signature = bytes.fromhex(
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
    )
    said = [base64.b64encode(each).decode() for each in (signature, public)]
    assert proofs.is_signed(b"\x72", *said)
    assert not proofs.is_signed(b"\x73", *said)


def test_what_is_no_signature_is_none() -> None:
    for signature, key in (("", ""), ("x", "y"), ("AA==", "AA=="), (base64.b64encode(b"\xff" * 64).decode(),) * 2):
        assert not proofs.is_signed(b"", signature, key)
    order = proofs.ORDER.to_bytes(32, "little")
    assert not proofs.is_signed(b"", base64.b64encode(bytes(32) + order).decode(), base64.b64encode(bytes(32)).decode())
