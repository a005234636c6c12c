"""What everybody knows of imports of leads without loading what reads them."""

from pathlib import Path

MAY_LEAVE_OUT = frozenset(
    [
        "bad_number",
        "no_number",
        "number_class_refused",
        "country_not_offered",
        "duplicate_in_file",
        "duplicate_in_list",
        "missing_consent",
        "consent_withdrawn",
        "on_do_not_call_list",
    ]
)
"""Faults whose rows somebody may choose to leave out; all others say that the file is not what was meant."""


def leads_folder(state: Path) -> Path:
    """Where uploaded files of leads wait, for this user only."""
    return state / "leads"
