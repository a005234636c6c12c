"""Ports given out to tests and the demo: nobody gets one that is somebody else's."""

import socket
import subprocess
import sys

import pytest

from fernamt.node.errors import NodeError
from fernamt.node.ports import brief_ports, free_ports, free_rtp_ports

GIVES = "from fernamt.node.ports import free_ports; print(*free_ports(20)); input()"


def test_ports_are_given_out_once_with_the_next_one_unused_and_not_to_whoever_connects() -> None:
    first, more = set(free_ports(20)), {*free_ports(300), *brief_ports(20)}
    assert len(first) == 20
    assert not first & more
    assert all(port % 2 == 0 for port in first | more)
    assert max(first | more) < 32_768


def test_brief_ports_come_again_but_never_while_somebody_listens() -> None:
    (taken,) = brief_ports(1)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", taken + 1))
        listener.listen()
        others = [port for _ in range(600) for port in brief_ports(2)]
    assert taken not in others
    assert len(set(others)) < len(others)


def test_a_brief_port_comes_again_only_after_a_hundred_others_however_many_were_given_out_for_good() -> None:
    free_ports(400)
    given = brief_ports(400)
    last_at: dict[int, int] = {}
    for at, port in enumerate(given):
        assert at - last_at.get(port, -1_000) > 100
        last_at[port] = at


def test_two_programs_never_get_the_same_port() -> None:
    command = (sys.executable, "-c", GIVES)
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        theirs = {int(port) for port in other.stdout.readline().split()}
        ours = set(free_ports(20))
        other.communicate("\n")
    assert len(theirs) == 20
    assert not ours & theirs


def test_an_address_of_another_machine_has_none() -> None:
    with pytest.raises(NodeError, match="no address of this machine"):
        free_ports(1, address="192.0.2.1")


def test_ports_for_sound_are_of_no_other_use() -> None:
    first, last = free_rtp_ports()
    assert last - first > 100
    assert not {*free_ports(20)} & {*range(first, last + 1)}


@pytest.mark.parametrize("count", [1, 500, 1_600])
def test_ports_for_sound_are_as_many_as_asked_for_and_none_of_those_for_the_rest(count: int) -> None:
    first, last = free_rtp_ports(count)
    assert last - first + 1 == count
    assert 20_000 <= first <= last < 32_000
