"""Settings that would open a node, or break it, are refused with all their faults at once."""

from pathlib import Path

import pytest

from fernamt.node.errors import NodeError
from fernamt.node.settings import NodeSettings, Tls, Trunk

STATE = Path("/state")
TLS = Tls(certificate=Path("/c.pem"), private_key=Path("/k.pem"))


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"bind_address": "0.0.0.0"}, "stay on this machine"),
        ({"bind_address": "192.0.2.1"}, "stay on this machine"),
        ({"listen_address": "192.0.2.1"}, "needs tls"),
        ({"listen_address": "here", "tls": TLS}, "expected an IP address"),
        ({"listen_also": "2001:db8::7"}, "needs tls"),
        ({"external_media_address": "1.2.3"}, "expected an IP address"),
        ({"local_networks": ("10.0.0.0/33",)}, "expected a network"),
        ({"name": "Node 1"}, "expected a small letter"),
        ({"call_app": "a,b"}, "expected a small letter"),
        ({"sip_port": 0}, "sip_port 0"),
        ({"rtp_first_port": 2000, "rtp_last_port": 1999}, "rtp ports"),
        ({"trunks": (Trunk(name="a", host="x y"),)}, "no host name"),
        ({"trunks": (Trunk(name="a", host="sip.example"),)}, "trunk_address is needed"),
        ({"trunks": (Trunk(name="a", host="127.0.0.1", is_registered=True),)}, "username and password"),
        ({"trunks": (Trunk(name="a", host="127.0.0.1", identify_by=("all",)),)}, "no address or network"),
        ({"trunks": (Trunk(name="a", host="127.0.0.1"),) * 2}, "same name"),
        ({"emergency_trunk": "a"}, "no such trunk"),
    ],
)
def test_a_fault_is_named(changes: dict[str, object], fault: str) -> None:
    with pytest.raises(NodeError, match=fault):
        NodeSettings(state_dir=STATE, **changes)  # type: ignore[arg-type]


def test_all_faults_are_named_at_once() -> None:
    with pytest.raises(NodeError) as raised:
        NodeSettings(state_dir=STATE, bind_address="0.0.0.0", sip_port=0, emergency_trunk="a")
    assert len(str(raised.value).splitlines()) == 4


def test_a_node_reached_from_outside_by_tls_and_its_carriers_address_is_accepted() -> None:
    NodeSettings(
        state_dir=STATE,
        listen_address="192.0.2.1",
        tls=TLS,
        https_port=8089,
        trunk_address="198.51.100.1",
        trunks=(Trunk(name="a", host="sip.example", identify_by=("203.0.113.0/24",)),),
        emergency_trunk="a",
    )


def test_a_carriers_password_is_not_shown() -> None:
    assert "geheim" not in repr(Trunk(name="a", host="127.0.0.1", username="u", password="geheim"))
