"""Whatever is done to a package or a chain, verifying finds it, and names the place."""

import io
import os
from pathlib import Path
from random import Random

from recording.vault.chain_file import ChainChange, VerifiedChain, verify_chain
from recording.vault.verify import Change, Verified, verify
from tests.recorded import SIGNER, a_chain_file, a_package, an_edit

SEED = 20_261_122
EDITS = int(os.environ.get("VAULT_EDITS", "1000"))
"""Of both together; `make bench ONLY=vault` makes ten thousand."""


def test_no_edit_of_a_package_stays_unseen_and_its_place_is_named(tmp_path: Path) -> None:
    whole, dice = a_package(tmp_path), Random(SEED)
    assert isinstance(verify(io.BytesIO(whole), signers=[SIGNER.public]), Verified)
    kinds: set[str] = set()
    for number in range(EDITS // 2):
        edit = an_edit(whole, dice)
        kinds.add(edit.how)
        found = verify(io.BytesIO(edit.edited))
        assert isinstance(found, Change), f"edit {number} ({edit.how} at byte {edit.at}) was not seen"
        assert found.begin <= edit.at < found.end, f"edit {number} ({edit.how}): byte {edit.at} was changed, {found} was named"
    assert len(kinds) == 9


def test_no_edit_of_a_chain_stays_unseen_and_its_line_is_named() -> None:
    whole, dice = a_chain_file(), Random(SEED)
    assert isinstance(verify_chain(io.BytesIO(whole), signers=[SIGNER.public]), VerifiedChain)
    for number in range(EDITS // 2):
        edit = an_edit(whole, dice)
        found = verify_chain(io.BytesIO(edit.edited))
        assert isinstance(found, ChainChange), f"edit {number} ({edit.how} at byte {edit.at}) was not seen"
        line = whole[: edit.at].count(b"\n") + 1
        assert found.line == line, f"edit {number} ({edit.how}): line {line} was changed, {found} was named"
