"""The second witness: its rows, its tail through rotation and half lines, and what it proves."""

import os
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from telephony.emergencies import EmergencyDialled
from telephony.engine.ports import FallbackServed
from telephony.identifiers import EndpointId, Instant, LegId
from telephony.switch.asterisk.cel import CelRow, Witness, parse_row
from telephony.switch.asterisk.cel_tail import ONE_FILE_US, SAFETY_US, CelTail


def line(kind: str, at: str = "1732225380.123456", *, channel: str = "n-1.1", extra: str = "", number: str = "4917") -> str:
    cells = (kind, at, channel, channel, "PJSIP/trunk-00000001", number, "4930555", "from-trunk", "", "", "", extra)
    return ",".join('"' + cell.replace('"', '""') + '"' for cell in cells)


def row(kind: str, **given_: str) -> CelRow:
    found = parse_row(line(kind, **given_))
    assert found is not None
    return found


def test_a_row_is_read_to_the_microsecond() -> None:
    assert row("ANSWER").occurred_at == 1_732_225_380_123_456
    assert row("ANSWER", at="1732225380.12").occurred_at == 1_732_225_380_120_000


@given(st.text(max_size=80))
def test_what_is_no_row_is_none(text: str) -> None:
    found = parse_row(text)
    assert found is None or isinstance(found, CelRow)


def test_a_served_call_is_told_at_its_end_with_its_answer() -> None:
    witness = Witness()
    told = [
        witness.take(row("CHAN_START", at="10.0")),
        witness.take(row("FERNAMT_FALLBACK", at="10.1", extra='{"extra":"machine"}')),
        witness.take(row("ANSWER", at="10.2")),
        witness.take(row("HANGUP", at="20.0", extra='{"hangupcause":16,"hangupsource":"PJSIP/trunk-00000001","dialstatus":""}')),
        witness.take(row("CHAN_END", at="20.1")),
    ]
    assert told[:4] == [None] * 4
    served = told[4]
    assert isinstance(served, FallbackServed)
    assert (served.dnis, served.ani, served.trunk_id) == ("4930555", "4917", "trunk")
    assert served.answered_at == 10_200_000
    (end,) = witness.ends()
    assert (end.leg_id, end.ended_at, end.cause, end.by_phone) == ("n-1.1", 20_000_000, 16, True)


def test_a_call_of_ours_is_no_served_call_but_its_end_is_known() -> None:
    witness = Witness()
    assert witness.take(row("CHAN_START")) is None
    assert witness.take(row("HANGUP", extra="no json")) is None
    assert witness.take(row("CHAN_END")) is None
    (end,) = witness.ends()
    assert (end.cause, end.by_phone) == (0, False)


def test_an_emergency_call_is_told_when_it_is_dialled() -> None:
    cells = ["FERNAMT_EMERGENCY", "12.5", "n-1.7", "n-1.7", "PJSIP/a01-0000001f", "a01", "112", "fernamt-emergency", *[""] * 4]
    found = parse_row(",".join(f'"{cell}"' for cell in cells))
    assert found is not None
    told = Witness().take(found)
    assert told == EmergencyDialled(leg_id=LegId("n-1.7"), endpoint_id=EndpointId("a01"), number="112")
    assert Witness().take(row("FERNAMT_EMERGENCY")) is None


def kinds(rows: list[CelRow]) -> list[str]:
    return [found.kind for found in rows]


def test_half_a_line_waits_for_its_rest(tmp_path: Path) -> None:
    path = tmp_path / "cel.csv"
    tail = CelTail(path)
    assert tail.read(Instant(0)) == []
    whole = line("A") + "\n" + line("B") + "\n"
    path.write_text(whole[:-20])
    assert kinds(tail.read(Instant(0))) == ["A"]
    path.write_text(whole)
    assert kinds(tail.read(Instant(0))) == ["B"]
    tail.close()


def test_a_renamed_file_is_read_to_its_end_before_the_new_one(tmp_path: Path) -> None:
    path = tmp_path / "cel.csv"
    path.write_text(line("A") + "\n")
    tail = CelTail(path)
    tail.read(Instant(0))
    with path.open("a") as file:
        file.write(line("B") + "\n")
    path.rename(tmp_path / "cel.csv.1")
    path.write_text(line("C") + "\n")
    assert kinds(tail.read(Instant(0))) == ["B", "C"]
    tail.close()


def test_nonsense_between_rows_is_counted_and_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "cel.csv"
    path.write_bytes(line("A").encode() + b"\n\xff\xfe,,\n" + line("B").encode() + b"\n")
    tail = CelTail(path)
    assert kinds(tail.read(Instant(0))) == ["A", "B"]
    assert tail.bad_lines == 1
    tail.close()


def test_a_new_start_goes_on_a_little_before_the_remembered_place(tmp_path: Path) -> None:
    path, place = tmp_path / "cel.csv", tmp_path / "place"
    path.write_text(line("A") + "\n")
    tail = CelTail(path, place)
    tail.read(Instant(0))
    with path.open("a") as file:
        file.write(line("B") + "\n")
    tail.read(Instant(SAFETY_US))
    tail.close()
    again = CelTail(path, place)
    assert kinds(again.read(Instant(SAFETY_US))) == ["B"]
    again.close()


def test_a_place_in_another_file_is_no_place(tmp_path: Path) -> None:
    path, place = tmp_path / "cel.csv", tmp_path / "place"
    path.write_text(line("A") + "\n")
    place.write_text('{"inode":1,"offset":5}')
    tail = CelTail(path, place)
    assert kinds(tail.read(Instant(0))) == ["A"]
    tail.close()
    place.write_text("nonsense")
    assert kinds(CelTail(path, place).read(Instant(0))) == ["A"]


def test_the_place_is_remembered_whole_or_not_at_all(tmp_path: Path) -> None:
    path, place = tmp_path / "cel.csv", tmp_path / "place"
    path.write_text(line("A") + "\n")
    tail = CelTail(path, place)
    tail.read(Instant(0))
    tail.read(Instant(SAFETY_US))
    assert sorted(os.listdir(tmp_path)) == ["cel.csv", "place"]
    tail.close()


def test_a_long_file_is_read_in_pieces_and_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "cel.csv"
    one = line("A", extra="x" * 900) + "\n"
    lines = 12 * (1 << 20) // len(one)
    path.write_text(one * lines)
    tail = CelTail(path)
    first = tail.read(Instant(0))
    assert tail.has_more
    rest = tail.read(Instant(0))
    assert not tail.has_more
    assert 0 < len(first) < lines
    assert len(first) + len(rest) == lines
    tail.close()


def test_a_day_of_callers_numbers_is_put_aside_once_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "fernamt.csv"
    path.write_text(line("A", "10.0") + "\n" + line("B", "20.0") + "\n")
    tail = CelTail(path)
    assert kinds(tail.read(Instant(20_000_000))) == ["A", "B"]
    assert path.exists()
    assert tail.read(Instant(10_000_000 + ONE_FILE_US + 1)) == []
    (aside,) = tmp_path.glob("fernamt.*.csv")
    with aside.open("a") as last:
        last.write(line("C", "21.0") + "\n")  # by who had opened it before
    assert kinds(tail.read(Instant(10_000_000 + ONE_FILE_US + 2))) == ["C"]
    path.write_text(line("D", "86500.0") + "\n")
    assert kinds(tail.read(Instant(10_000_000 + ONE_FILE_US + 3))) == ["D"]
    assert path.exists()


def test_a_start_goes_on_in_the_file_that_was_put_aside_meanwhile(tmp_path: Path) -> None:
    path, place = tmp_path / "fernamt.csv", tmp_path / "place"
    path.write_text(line("A", "10.0") + "\n")
    tail = CelTail(path, place)
    tail.read(Instant(0))
    tail.read(Instant(SAFETY_US))
    with path.open("a") as more:
        more.write(line("B", "20.0") + "\n")
    path.rename(tmp_path / "fernamt.10000000.csv")
    path.write_text(line("C", "30.0") + "\n")
    assert kinds(CelTail(path, place).read(Instant(SAFETY_US))) == ["B", "C"]
