"""A person is left alone from the command line."""

from tests.integration.cli.conftest import Fernamt


def test_whoever_wants_to_be_left_alone_is_called_by_nobody_and_the_receipt_says_why(centre: Fernamt) -> None:
    done = centre("parties", "restrict", "030 23125 777", "--reason", "by letter", "--json")
    assert done.code == 0, done.err
    counts = {part["what"]: part["count"] for part in done.json["parts"]}
    assert counts == {"leads": 0, "orders": 0, "do_not_call": 1, "consents": 0}
    [entry] = centre("donotcall", "list", "+49 30 23125777", "--json").json
    assert (entry["covers"], entry["reason"]) == ("everything", "by letter")
    assert centre("audit", "--json").json[0]["deed"] == "party.restricted"
