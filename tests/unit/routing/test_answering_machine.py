"""What mails about voice messages say, to whom they go, and when they are tried again."""

from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.section import Mailbox as MailboxSetting
from config.section import Section
from fernamt.mail.letters import mail_of, with_its_length
from routing.answering_machine import (
    LONGEST_PAUSE_S,
    LONGEST_SUBJECT,
    About,
    Failure,
    MailState,
    MessageMail,
    VoiceMessage,
    after_failure,
    after_success,
    agents_mailbox,
    arrival_mail,
    is_mailbox,
    letter_of,
    mailbox_of,
    message_id_header,
    pause_s,
    tried_again,
)
from routing.directory import AgentProfile, Project
from telephony.identifiers import SECOND, AgentId, ClientId, Instant, ProjectId

BERLIN = ZoneInfo("Europe/Berlin")
AT = Instant(1_772_000_000_000_000)
DAY_S = 86_400
MESSAGE = VoiceMessage(
    message_id="m1",
    call_id="c",
    did="+4930111",
    project_id="nord",
    client_id="c1",
    received_at=AT,
    duration_ms=83_400,
    masked_caller="+49 170 •••67",
    file_name="node1/m1.wav",
)
PROJECT = Project(project_id=ProjectId("nord"), client_id=ClientId("c1"), name="Nord")


def about(**changes: Any) -> About:
    return About(**{"language": "de", "zone": BERLIN, "project_name": "Projekt Süd", **changes})


def a_mail(**changes: Any) -> MessageMail:
    return replace(arrival_mail(MESSAGE, "box@centre.example", AT), **changes)


def test_a_message_goes_to_its_projects_mailbox_else_to_the_centres() -> None:
    assert mailbox_of(replace(PROJECT, mailbox="nord@x.example"), "all@x.example") == "nord@x.example"
    assert mailbox_of(PROJECT, "all@x.example") == "all@x.example"
    assert mailbox_of(None, "all@x.example") == "all@x.example"
    assert mailbox_of(PROJECT, None) is None


def test_an_agent_out_of_use_has_no_mailbox() -> None:
    anna = AgentProfile(agent_id=AgentId("anna"), name="Anna", level=1, mailbox="anna@x.example")
    assert agents_mailbox(anna) == "anna@x.example"
    assert agents_mailbox(replace(anna, is_active=False)) is None
    assert agents_mailbox(None) is None


def test_the_mail_about_a_message_is_one_however_often_it_is_made() -> None:
    later = arrival_mail(MESSAGE, "other@centre.example", Instant(AT + 1))
    assert later.mail_id == a_mail().mail_id
    assert arrival_mail(replace(MESSAGE, message_id="m2"), "box@centre.example", AT).mail_id != later.mail_id
    assert message_id_header(later.mail_id, "machine@centre.example") == f"<fernamt.{later.mail_id}@centre.example>"


@pytest.mark.parametrize(
    ("language", "subject", "lines"),
    [
        (
            "de",
            "Nachricht auf dem Anrufbeantworter: Projekt Süd, von +49 170 •••67",
            ["Projekt: Projekt Süd", "Anrufer: +49 170 •••67", "Eingegangen: 25.02.2026 07:13:20 CET", "Länge: 1:23"],
        ),
        (
            "en",
            "Message on the answering machine: Projekt Süd, from +49 170 •••67",
            ["Project: Projekt Süd", "Caller: +49 170 •••67", "Received: 2026-02-25 07:13:20 CET", "Length: 1:23"],
        ),
    ],
)
def test_the_mail_says_who_when_and_for_what_in_the_projects_language(language: str, subject: str, lines: list[str]) -> None:
    letter = letter_of(MESSAGE, about(language=language))
    assert letter.subject == subject
    assert set(lines) <= set(letter.text.splitlines())
    assert letter.sound_name.endswith("20260225-071320.wav")


def test_another_language_is_told_in_english_and_nobody_known_is_unknown() -> None:
    letter = letter_of(replace(MESSAGE, masked_caller=None, duration_ms=None), about(language="fr", project_name=None))
    assert letter.subject == "Message on the answering machine: +4930111, from unknown"
    assert "Length" not in letter.text


def test_a_name_in_clear_stands_before_the_number_and_a_forwarded_mail_says_by_whom() -> None:
    told = about(caller_name="Erika", caller_number="+491701234567", forwarded_by="Sven", note="bitte zurückrufen")
    letter = letter_of(MESSAGE, told)
    assert letter.subject == "Weitergeleitet: Nachricht auf dem Anrufbeantworter: Projekt Süd, von Erika (+491701234567)"
    assert "Bemerkung: bitte zurückrufen" in letter.text
    assert "Weitergeleitet von: Sven" in letter.text


@given(name=st.text(max_size=300), number=st.text(max_size=60), project=st.text(max_size=300), note=st.text(max_size=300))
def test_no_name_of_anybody_adds_a_header_or_a_line(name: str, number: str, project: str, note: str) -> None:
    letter = letter_of(MESSAGE, about(caller_name=name, caller_number=number, project_name=project, note=note))
    assert len(letter.subject) <= LONGEST_SUBJECT
    assert letter.subject.isprintable(), "neither line ends nor what turns the direction of text"
    plain = letter_of(MESSAGE, about(caller_name="x", caller_number="1", project_name="p", note="n" if note else ""))
    assert len(letter.text.splitlines()) == len(plain.text.splitlines())
    head = mail_of(a_mail(), letter, "machine@centre.example", None).partition(b"\r\n\r\n")[0]
    names = [line.partition(b":")[0] for line in head.split(b"\r\n") if not line.startswith((b" ", b"\t"))]
    assert sorted(names) == sorted(
        b"From To Subject Date Message-ID Auto-Submitted Content-Language Content-Type Content-Transfer-Encoding "
        b"MIME-Version".split()
    )


def test_a_header_injection_stays_text_of_the_subject() -> None:
    letter = letter_of(MESSAGE, about(caller_name="Erika\r\nBcc: x@y.example\r\n\r\nhello\x85\u2028\u202e"))
    assert "Erika Bcc: x@y.example hello (" in letter.subject


@pytest.mark.parametrize("text", ["a@b", "first.last+tag@mail.centre.example", "o'neill@x-y.example"])
def test_plain_addresses_are_mailboxes(text: str) -> None:
    assert is_mailbox(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a",
        "a@",
        "@b",
        "a@b\r\nBcc: c@d",
        "a@b\n",
        "a b@c",
        "a@b,c@d",
        "A <a@b>",
        "a@-b",
        "ä@b",
        "a..b@c",
        f"{'a' * 65}@b",
        "a@b@c",
    ],
)
def test_what_is_more_or_less_than_one_address_is_no_mailbox(text: str) -> None:
    assert not is_mailbox(text)


@given(st.one_of(st.text(max_size=80), st.from_regex(r"[a-z.@+-]{1,70}", fullmatch=True), st.emails()))
def test_settings_and_the_room_agree_on_what_a_mailbox_is(text: str) -> None:
    class Box(Section):
        box: MailboxSetting

    try:
        Box(box=text)
        is_taken = True
    except ValueError:
        is_taken = False
    assert is_taken is is_mailbox(text)


def test_a_try_that_failed_comes_again_later_each_time_and_never_more_than_an_hour_and_a_quarter() -> None:
    pauses = [pause_s(a_mail(attempts=attempts)) for attempts in range(1, 40)]
    assert pauses == sorted(pauses)
    assert 30 <= pauses[0] <= 38
    assert pauses[-1] <= LONGEST_PAUSE_S * 1.25


def test_a_mail_is_sent_failed_or_due_again() -> None:
    begun = a_mail(attempts=1)
    assert after_success(begun, AT).state is MailState.SENT
    later = after_failure(begun, Failure(said="450 no\r\nt now", is_permanent=False), AT, give_up_after_s=DAY_S)
    assert (later.state, later.last_error) == (MailState.WAITING, "450 no t now")
    assert later.due_at == AT + pause_s(begun) * SECOND
    over = Instant(AT + DAY_S * SECOND)
    assert after_failure(begun, Failure(said="x", is_permanent=False), over, give_up_after_s=DAY_S).state is MailState.FAILED
    failed = after_failure(begun, Failure(said="550", is_permanent=True), AT, give_up_after_s=DAY_S)
    assert failed.state is MailState.FAILED
    again = tried_again(failed, over)
    assert (again.state, again.mail_id, again.due_at, again.attempts) == (MailState.WAITING, failed.mail_id, over, 1)
    assert after_failure(again, Failure(said="x", is_permanent=False), over, give_up_after_s=DAY_S).state is MailState.WAITING


def test_a_recording_whose_header_was_left_unfinished_is_sent_with_its_length() -> None:
    head = b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\x40\x1f\0\0\x80\x3e\0\0\x02\0\x10\0data\0\0\0\0"
    whole = with_its_length(head + b"\1\2" * 100)
    assert (int.from_bytes(whole[4:8], "little"), int.from_bytes(whole[40:44], "little")) == (236, 200)
    assert with_its_length(whole) == whole
    assert with_its_length(b"RIFF") == b"RIFF"
