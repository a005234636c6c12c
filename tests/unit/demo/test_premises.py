"""Where the demo stands: ports that stay the same while they are free, and the way in from outside."""

import socket
from pathlib import Path

import pytest

from config.settings import Settings
from fernamt.demo.premises import Outside, checked, sections
from fernamt.node.errors import NodeError
from fernamt.node.ports import free_ports


def chosen() -> Settings:
    web, sip, http, ami, controller, sips = free_ports(6)
    switch = {"sip_port": sip, "http_port": http, "ami_port": ami, "controller_port": controller, "sips_port": sips}
    return Settings.model_validate({"service": {"port": web}, "switch": {"node1": switch}})


def test_free_ports_are_those_of_the_settings_and_nothing_is_told(tmp_path: Path) -> None:
    told: list[str] = []
    settings = chosen()
    made = sections(settings, "node1", tmp_path, None, told.append)
    assert made["service"] == {"port": settings.service.port}
    assert made["switch.node1"]["sip_port"] == settings.switch["node1"].sip_port
    assert "listen_address" not in made["switch.node1"]
    assert [line for line in told if "UDP ports" not in line] == []


@pytest.mark.parametrize("kind", [socket.SOCK_STREAM, socket.SOCK_DGRAM])
def test_a_taken_port_is_replaced_and_told(tmp_path: Path, kind: socket.SocketKind) -> None:
    told: list[str] = []
    settings = chosen()
    wanted = settings.switch["node1"].sip_port
    with socket.socket(socket.AF_INET, kind) as taken:
        taken.bind(("127.0.0.1", wanted))
        made = sections(settings, "node1", tmp_path, None, told.append)
    assert made["switch.node1"]["sip_port"] != wanted
    assert any(f"port {wanted} (switch.node1.sip_port) is taken" in line for line in told)


def test_other_devices_come_in_by_tls_alone(tmp_path: Path) -> None:
    made = sections(chosen(), "node1", tmp_path, Outside(address="127.0.0.2"), lambda _: None)
    assert made["service"]["listen"] == made["switch.node1"]["listen_address"] == "127.0.0.2"
    for section in made.values():
        assert Path(section["certificate"]).exists()
        assert Path(section["private_key"]).exists()
    assert "bind_address" not in made["switch.node1"]


@pytest.mark.parametrize(
    ("outside", "why"),
    [
        (Outside(address="here"), "no IP address"),
        (Outside(address="0.0.0.0"), "every address"),
        (Outside(address="192.0.2.99"), "no address of this machine"),
        (Outside(address="127.0.0.2", external_media_address="x"), "no IP address"),
        (Outside(address="127.0.0.2", certificate=Path("c.pem")), "go together"),
    ],
)
def test_a_way_in_that_cannot_be_one_is_refused_with_the_way_out(outside: Outside, why: str) -> None:
    with pytest.raises(NodeError, match=why):
        checked(outside)
