"""The templates of asterisk-conf/ are rendered completely, for every kind of node."""

import stat
from dataclasses import replace
from pathlib import Path

import pytest

from fernamt.node.credentials import load_credentials
from fernamt.node.errors import NodeError
from fernamt.node.program import Program, Version
from fernamt.node.render import socket_directory, templates_directory, write_node
from fernamt.node.settings import NodeSettings, Tls, Trunk


@pytest.fixture
def program(tmp_path: Path) -> Program:
    root = tmp_path / "root"
    modules = root / "usr/lib/x86_64-linux-gnu/asterisk/modules"
    for directory in (modules, root / "usr/share/asterisk/documentation"):
        directory.mkdir(parents=True)
    (modules / "res_cdrel_custom.so").touch()
    return Program(name="asterisk", argv=("asterisk",), prefix=root / "usr", version=Version(22, 10, 1), origin="test")


@pytest.fixture
def plain(tmp_path: Path) -> NodeSettings:
    return NodeSettings(state_dir=tmp_path, trunks=(Trunk(name="line", host="127.0.0.1"),))


def rendered(settings: NodeSettings, program: Program, name: str) -> str:
    credentials = load_credentials(settings.directory)
    return (write_node(settings, program, credentials).parent / name).read_text("utf-8")


@pytest.fixture(autouse=True)
def _node_directory(plain: NodeSettings) -> None:
    plain.directory.mkdir(parents=True)


def test_every_template_is_rendered_and_private(plain: NodeSettings, program: Program) -> None:
    conf = write_node(plain, program, load_credentials(plain.directory)).parent
    files = {path.name: path for path in conf.iterdir()}
    assert set(files) == {path.name for path in templates_directory().glob("*.conf")}
    for path in files.values():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert "{{" not in path.read_text("utf-8")


def test_passwords_are_random_private_and_kept(plain: NodeSettings, tmp_path: Path) -> None:
    first = load_credentials(plain.directory)
    assert load_credentials(plain.directory) == first
    assert stat.S_IMODE((plain.directory / "credentials.json").stat().st_mode) == 0o600
    (tmp_path / "other").mkdir()
    assert load_credentials(tmp_path / "other").ari_password != first.ari_password
    assert first.ari_password not in repr(first)


def test_a_service_that_starts_before_its_node_makes_the_passwords_that_the_node_then_has(tmp_path: Path) -> None:
    directory = tmp_path / "state" / "nodes" / "node1"
    first = load_credentials(directory)
    assert load_credentials(directory) == first
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700


def test_nothing_is_rendered_for_outside_unless_asked(plain: NodeSettings, program: Program) -> None:
    sip = rendered(plain, program, "pjsip.conf")
    assert "protocol = tls" not in sip
    assert "external_media_address" not in sip
    assert "tlsenable" not in rendered(plain, program, "http.conf")


def test_a_browser_here_is_offered_loopback_alone_and_one_elsewhere_the_address_itself(
    plain: NodeSettings, program: Program
) -> None:
    assert "ice_host_candidates" not in rendered(plain, program, "rtp.conf")
    assert "icesupport = no" in rendered(plain, program, "rtp.conf")  # loopback is no candidate: nothing could be offered
    here = replace(plain, ice_loopback_alias="192.0.2.1")
    offered = rendered(here, program, "rtp.conf").splitlines()
    assert "icesupport = yes" in offered
    assert "192.0.2.1 => 127.0.0.1" in offered
    assert [line for line in offered if line.startswith(("ice_deny", "ice_permit"))] == [
        *("ice_deny = 0.0.0.0/0", "ice_deny = ::/0", "ice_permit = 127.0.0.0/8"),
    ]
    tls = Tls(certificate=Path("/etc/c.pem"), private_key=Path("/etc/k.pem"))
    elsewhere = replace(here, listen_address="192.0.2.1", tls=tls, https_port=8089)
    offered = rendered(elsewhere, program, "rtp.conf").splitlines()
    assert "icesupport = yes" in offered
    assert "192.0.2.1 => 127.0.0.1,include_local_address" in offered
    assert not any(line.startswith("ice_deny") for line in offered)


def test_a_node_reached_from_outside_has_tls_and_its_addresses(plain: NodeSettings, program: Program) -> None:
    outside = replace(
        plain,
        listen_address="192.0.2.1",
        tls=Tls(certificate=Path("/etc/c.pem"), private_key=Path("/etc/k.pem")),
        https_port=8089,
        external_media_address="203.0.113.9",
        local_networks=("192.168.0.0/16",),
        trunk_address="192.0.2.1",
        trunks=(
            Trunk(
                name="carrier",
                host="sip.example",
                identify_by=("203.0.113.0/24", "203.0.114.7"),
                username="u",
                password="p;q",
                is_registered=True,
            ),
        ),
    )
    sip = rendered(outside, program, "pjsip.conf")
    assert "bind = 192.0.2.1:5061" in sip
    assert sip.count("external_media_address = 203.0.113.9") == 3
    assert sip.count("local_net = 192.168.0.0/16") == 3
    assert "match = 203.0.113.0/24\nmatch = 203.0.114.7" in sip
    assert r"password = p\;q" in sip
    assert "type = registration" in sip
    assert "outbound_auth = carrier" in sip
    assert "tlsbindaddr = 192.0.2.1:8089" in rendered(outside, program, "http.conf")
    assert "permit = 127.0.0.1" in rendered(outside, program, "ari.conf")


def test_every_address_of_ipv6_stands_in_brackets_before_a_port_and_bare_elsewhere(plain: NodeSettings, program: Program) -> None:
    account = {"username": "u", "password": "p", "is_registered": True}
    outside = replace(
        plain,
        bind_address="::1",
        listen_address="2001:db8::7",
        tls=Tls(certificate=Path("/etc/c.pem"), private_key=Path("/etc/k.pem")),
        trunk_address="2001:db8::8",
        trunks=(Trunk(name="carrier", host="2001:db8::9", **account),),  # type: ignore[arg-type]
        emergency_trunk="carrier",
    )
    sip = rendered(outside, program, "pjsip.conf").splitlines()
    assert {line for line in sip if "2001" in line or "::1" in line} == {
        *("bind = [::1]:5060", "bind = [::1]", "bind = [2001:db8::7]:5061", "bind = [2001:db8::8]:5062"),
        *("contact = sip:[2001:db8::9]:5060", "server_uri = sip:[2001:db8::9]:5060", "client_uri = sip:u@[2001:db8::9]"),
        *("match = 2001:db8::9", "media_address = 2001:db8::8"),
    }
    assert "Dial(PJSIP/carrier/sip:${EXTEN}@[2001:db8::9]:5060,120)" in rendered(outside, program, "extensions.conf")


def test_phones_of_both_families_are_listened_to_and_told_a_routers_address_of_their_own(
    plain: NodeSettings, program: Program
) -> None:
    outside = replace(
        plain,
        listen_address="192.0.2.1",
        listen_also="2001:db8::7",
        tls=Tls(certificate=Path("/etc/c.pem"), private_key=Path("/etc/k.pem")),
        external_media_address="203.0.113.9",
        local_networks=("192.168.0.0/16", "fc00::/7"),
    )
    four, six = rendered(outside, program, "pjsip.conf").split("[transport-tls]")[1].split("[transport-tls-also]")
    assert "bind = 192.0.2.1:5061" in four
    assert "external_media_address = 203.0.113.9" in four
    assert "bind = [2001:db8::7]:5061" in six
    assert "external_media_address" not in six


def test_a_browser_on_a_machine_spoken_to_by_ipv6_is_offered_its_loopback(plain: NodeSettings, program: Program) -> None:
    here = replace(plain, bind_address="::1", ice_loopback_alias="2001:db8::1", trunks=())
    offered = rendered(here, program, "rtp.conf").splitlines()
    assert "2001:db8::1 => ::1" in offered
    assert "ice_permit = ::1/128" in offered


def test_every_trunk_refuses_transfers_and_is_known_by_its_address_alone(plain: NodeSettings, program: Program) -> None:
    sip = rendered(plain, program, "pjsip.conf")
    assert "allow_transfer = no" in sip
    assert "identify_by = ip" in sip
    assert "allow = alaw" in sip


def test_emergency_calls_try_every_other_line_after_their_own(plain: NodeSettings, program: Program) -> None:
    lines = tuple(Trunk(name=name, host="127.0.0.1") for name in ("a", "b", "c"))
    dialplan = rendered(replace(plain, trunks=lines, emergency_trunk="b"), program, "extensions.conf")
    places = [dialplan.index(f"Dial(PJSIP/{name}/sip:${{EXTEN}}@127.0.0.1:5060,120)") for name in ("b", "a", "c")]
    assert places == sorted(places)


def test_the_answering_machine_is_called_only_when_there_is_one(plain: NodeSettings, program: Program, tmp_path: Path) -> None:
    assert "AGI(" not in rendered(plain, program, "extensions.conf")
    script = tmp_path / "machine"
    script.write_text("#!/bin/sh\n")
    script.chmod(0o755)
    with_machine = replace(plain, machine_command=script)
    assert f"AGI({script},${{CALLERID(dnid)}})" in rendered(with_machine, program, "extensions.conf")


@pytest.mark.parametrize(("name", "mode"), [("absent", None), ("plain", 0o644), ("a,b", 0o755)])
def test_an_answering_machine_that_cannot_be_started_is_refused(
    plain: NodeSettings, program: Program, tmp_path: Path, name: str, mode: int | None
) -> None:
    script = tmp_path / name
    if mode is not None:
        script.touch()
        script.chmod(mode)
    with pytest.raises(NodeError, match="machine_command"):
        rendered(replace(plain, machine_command=script), program, "extensions.conf")


@pytest.mark.parametrize("module", ["app_queue", "../x.so", "app queue.so", "a.so\nload = b.so"])
def test_a_module_is_named_by_its_file(plain: NodeSettings, program: Program, module: str) -> None:
    with pytest.raises(NodeError, match="extra_modules"):
        rendered(replace(plain, extra_modules=(module,)), program, "modules.conf")


def test_a_line_break_in_a_setting_never_reaches_a_file(plain: NodeSettings, program: Program) -> None:
    with pytest.raises(NodeError, match="controller_uri"):
        rendered(replace(plain, controller_uri="ws://x\nuri = ws://y"), program, "websocket_client.conf")


def test_a_file_that_is_no_longer_rendered_is_removed(plain: NodeSettings, program: Program) -> None:
    conf = write_node(plain, program, load_credentials(plain.directory)).parent
    (conf / "old.conf").touch()
    write_node(plain, program, load_credentials(plain.directory))
    assert not (conf / "old.conf").exists()


def test_the_control_socket_has_a_path_a_socket_can_have(plain: NodeSettings) -> None:
    assert socket_directory(plain).parent == plain.directory or len(str(plain.directory)) > 90
    deep = replace(plain, state_dir=Path("/" + "d" * 120))
    assert len(str(socket_directory(deep) / "asterisk.ctl")) <= 107
    assert socket_directory(deep) != socket_directory(replace(deep, name="node-2"))


def test_what_a_measurement_adds_stands_behind_our_own_or_in_a_file_of_its_own(plain: NodeSettings, program: Program) -> None:
    extra = {"queues.conf": "[peer]\n", "extensions.conf": "[beside]\nexten => 1,1,Hangup()\n"}
    settings = replace(plain, extra_conf=extra)

    assert rendered(settings, program, "queues.conf") == "[peer]\n"
    assert rendered(settings, program, "extensions.conf").endswith(extra["extensions.conf"])
    assert "[from-trunk]" in rendered(settings, program, "extensions.conf")


def test_what_is_added_cannot_be_written_elsewhere(plain: NodeSettings, program: Program) -> None:
    with pytest.raises(NodeError, match="extra_conf"):
        rendered(replace(plain, extra_conf={"../asterisk.conf": ""}), program, "asterisk.conf")


def test_own_sounds_are_found_as_music_by_name_and_as_prompts(plain: NodeSettings, program: Program, tmp_path: Path) -> None:
    own = tmp_path / "own sounds"
    (own / "music" / "jazz").mkdir(parents=True)
    (own / "greeting.alaw").write_bytes(b"x")
    music = rendered(replace(plain, sound_directory=own), program, "musiconhold.conf")
    assert f"[jazz]\nmode = files\ndirectory = {own.resolve()}/music/jazz" in music
    sounds = plain.directory / "data" / "sounds"
    assert (sounds / "own" / "greeting.alaw").is_file()
    assert (sounds / "de" / "fernamt" / "closed.alaw").is_file()
    assert "jazz" not in rendered(plain, program, "musiconhold.conf")
    assert not (sounds / "own").exists()
    assert (sounds / "en" / "fernamt" / "closed.alaw").is_file()


@pytest.mark.parametrize("name", ["default", "Jazz Club", "a;b"])
def test_own_music_that_no_project_can_name_is_refused(plain: NodeSettings, program: Program, tmp_path: Path, name: str) -> None:
    (tmp_path / "own" / "music" / name).mkdir(parents=True)
    with pytest.raises(NodeError, match="sound_directory"):
        rendered(replace(plain, sound_directory=tmp_path / "own"), program, "musiconhold.conf")


def test_own_sounds_that_are_no_folder_are_refused(plain: NodeSettings, program: Program, tmp_path: Path) -> None:
    with pytest.raises(NodeError, match="is no folder"):
        rendered(replace(plain, sound_directory=tmp_path / "nowhere"), program, "musiconhold.conf")


def test_a_node_that_linked_all_sounds_at_once_goes_on(plain: NodeSettings, program: Program) -> None:
    data = plain.directory / "data"
    data.mkdir()
    (data / "sounds").symlink_to(templates_directory() / "sounds")
    rendered(plain, program, "musiconhold.conf")
    assert (data / "sounds" / "de" / "fernamt" / "closed.alaw").is_file()
    assert (templates_directory() / "sounds" / "make.sh").is_file()


def test_a_build_that_logs_each_attempt_to_connect_tries_once_a_second(plain: NodeSettings, program: Program) -> None:
    def told() -> list[str]:
        lines = rendered(plain, program, "websocket_client.conf").splitlines()
        return [line for line in lines if line.startswith("reconnect_")]

    assert told() == ["reconnect_interval = 100", "reconnect_attempts = 600"]
    module = program.prefix / "lib/x86_64-linux-gnu/asterisk/modules/res_http_websocket.so"
    module.write_bytes(b"\0%s: Unable to create tcptls client\n\0")
    assert told() == ["reconnect_interval = 100", "reconnect_attempts = 600"]
    module.write_bytes(b"\0%s: Unable to connect%s%s\n\0")
    assert told() == ["reconnect_interval = 1000", "reconnect_attempts = 60"]
