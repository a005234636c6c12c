"""From settings to the files an Asterisk reads: the templates of `asterisk-conf/`, filled in and written.

The folder of a node is `state_dir/nodes/NAME`; in it `conf/` (rendered anew at each start, 0600), `data/`
(links to Asterisk's own data and to our sounds), `lib/` (its database of registrations), `log/`, `spool/`
and `credentials.json`.
"""

import hashlib
import os
import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import fernamt
from fernamt.node.credentials import NodeCredentials, write_private
from fernamt.node.errors import NodeError
from fernamt.node.own_sounds import FOLDER, music_of
from fernamt.node.program import Program
from fernamt.node.settings import NodeSettings, Trunk, bracketed, is_loopback
from fernamt.node.template import Block, Literal, Value, Values, render
from telephony.switch.asterisk.messages import machine_script

MODULE_DIRECTORIES = ("lib/*-linux-gnu*/asterisk/modules", "lib64/asterisk/modules", "lib/asterisk/modules")
"""Seen from the folder with Asterisk's `sbin`, as Debian has it and as Asterisk's own installation does."""
_DATA_DIRECTORIES = ("share/asterisk", "var/lib/asterisk", "../var/lib/asterisk")
# Modules that others began to need with a later release than 22.5.
_VERSION_MODULES = ("res_cdrel_custom.so",)
_SOCKETS = "res_http_websocket.so"
_LOGS_EACH_ATTEMPT = b": Unable to connect%s%s"
_LOGGED_RECONNECT_MS = 1_000
"""Where each attempt to reach a controller that is not there is an error in the log, there are no more than one a second."""
_LINKED_DATA = ("documentation", "rest-api", "static-http", "firmware", "images", "keys", "phoneprov")
# A Unix socket's path has 107 bytes; `/asterisk.ctl` is put behind the directory.
_LONGEST_SOCKET_DIRECTORY = 107 - len("/asterisk.ctl")


def templates_directory() -> Path:
    """Where `asterisk-conf/` lies: beside the package in a checkout, inside it once installed."""
    package = Path(fernamt.__file__).resolve().parent
    for candidate in (package / "asterisk-conf", package.parent / "asterisk-conf"):
        if (candidate / "asterisk.conf").is_file():
            return candidate
    raise NodeError(f"asterisk-conf/ is neither in {package} nor beside it: the installation is incomplete")


def write_node(settings: NodeSettings, program: Program, credentials: NodeCredentials) -> Path:
    """Everything the node reads is in its folder; returns the path of its asterisk.conf.

    Raises NodeError for a template that asks for an unknown or unset key and for a value that could change
    the meaning of a file.
    """
    node = settings.directory
    for name in ("conf", "data", "lib/keys", "log/cel-custom", "spool/recording", "spool/tmp", "spool/outgoing"):
        (node / name).mkdir(parents=True, exist_ok=True, mode=0o700)
    node.chmod(0o700)
    if settings.takes_messages and settings.machine_command is None:
        settings = replace(settings, machine_command=_write_machine(settings))
    templates = templates_directory()
    _link_data(node / "data", program, templates, settings.sound_directory)
    values = node_values(settings, program, credentials, templates)
    conf = node / "conf"
    extra = {_conf_file(name): text for name, text in settings.extra_conf.items()}
    written = set(extra)
    for template in sorted(templates.glob("*.conf")):
        text = render(template.read_text("utf-8"), values, source=template.name)
        write_private(conf / template.name, text + extra.pop(template.name, ""))
        written.add(template.name)
    for name, text in extra.items():
        write_private(conf / name, text)
    for stale in conf.iterdir():
        if stale.name not in written:
            stale.unlink()
    return conf / "asterisk.conf"


def socket_directory(settings: NodeSettings) -> Path:
    """Where the node's control socket and pid file are: its folder, or a short one if that path is too long."""
    inside = settings.directory / "run"
    if len(os.fsencode(inside)) <= _LONGEST_SOCKET_DIRECTORY:
        return inside
    mark = hashlib.sha256(os.fsencode(inside)).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"fernamt-{os.getuid()}-{mark}"


def node_values(settings: NodeSettings, program: Program, credentials: NodeCredentials, templates: Path) -> dict[str, Value]:
    """The value of every placeholder the templates may use."""
    values: dict[str, Value] = {
        "node_name": settings.name,
        "node_dir": settings.directory,
        "conf_dir": settings.directory / "conf",
        "socket_dir": socket_directory(settings),
        "module_dir": program.first_directory(MODULE_DIRECTORIES, "directory of modules"),
        "moh_dir": (templates / "moh").resolve(),
        "bind_address": settings.bind_address,
        "bind_host": bracketed(settings.bind_address),
        "listen_host": None if settings.listen_address is None else bracketed(settings.listen_address),
        "trunk_host": None if settings.trunk_address is None else bracketed(settings.trunk_address),
        "external_media_address": settings.external_media_address,
        "ice_loopback_alias": settings.ice_loopback_alias,
        "certificate": settings.tls.certificate.resolve() if settings.tls else None,
        "private_key": settings.tls.private_key.resolve() if settings.tls else None,
        "machine_command": settings.machine_command,
        "emergency_trunk": settings.emergency_trunk,
        "has_ice": "yes" if settings.listen_address or settings.ice_loopback_alias else "no",
        "codecs": ",".join(settings.codecs),
    }
    for key in (
        *("sip_port", "http_port", "ami_port", "rtp_first_port", "rtp_last_port", "sips_port", "https_port"),
        *("trunk_port", "controller_uri", "call_app", "presence_app"),
        *("handshake_timeout_ms", "write_timeout_ms", "beat_limit_s", "code_limit_s", "qualify_timeout_s"),
        *("contact_check_interval_s", "rtp_timeout_s", "rtp_hold_timeout_s", "language"),
    ):
        values[key] = getattr(settings, key)
    for key in ("ari", "controller", "ami", "watchdog"):
        values[f"{key}_user"] = getattr(credentials, f"{key}_user")
        values[f"{key}_password"] = getattr(credentials, f"{key}_password")
    modules = Path(str(values["module_dir"]))
    reconnect_ms = settings.reconnect_interval_ms
    if _logs_each_attempt(modules):
        reconnect_ms = max(reconnect_ms, _LOGGED_RECONNECT_MS)
    values["reconnect_interval_ms"] = reconnect_ms
    # One line a minute while no controller is there, from builds that keep to it.
    values["reconnect_log_every"] = max(1, 60_000 // reconnect_ms)
    values["version_modules"] = _required(name for name in _VERSION_MODULES if (modules / name).exists())
    values.update(_blocks(settings, _Parts(templates / "parts", values)))
    return values


class _Parts:
    """The templates under `parts/`, which a node may need none, one or several times."""

    def __init__(self, directory: Path, values: Values) -> None:
        self._directory = directory
        self._values = dict(values)

    def __call__(self, part: str, /, **values: Value) -> Block:
        text = (self._directory / f"{part}.conf").read_text("utf-8")
        return Block(render(text, self._values | values, source=f"parts/{part}.conf").rstrip("\n"))


def _blocks(settings: NodeSettings, part: _Parts) -> dict[str, Value]:
    return {
        "extra_modules": _required(map(_module, settings.extra_modules)),
        "ari_permit": part("ari-permit") if settings.https_port else Block(""),
        "controller_tls": Block("tls_enabled = yes" if settings.controller_uri.startswith("wss:") else ""),
        "https": part("https") if settings.https_port else Block(""),
        "ice": _ice(settings, part),
        "transports": _joined(_transports(settings, part)),
        "trunks": _joined(_trunk(trunk, settings, part) for trunk in settings.trunks),
        "emergency": _joined(_emergency(settings, part)),
        "answering_machine": _answering_machine(settings, part),
        "own_music": _joined(
            part("music", music_name=name, music_directory=files) for name, files in music_of(settings.sound_directory)
        ),
    }


def _ice(settings: NodeSettings, part: _Parts) -> Block:
    """The paths of media that browsers are offered: where only this machine may come in, only its loopback."""
    if settings.ice_loopback_alias is None:
        return Block("")
    loopback = "::1/128" if ":" in settings.bind_address else "127.0.0.0/8"
    return part("ice-loopback" if settings.listen_address is None else "ice-both", loopback=loopback)


def _transports(settings: NodeSettings, part: _Parts) -> Iterator[Block]:
    first, also = settings.listen_address, settings.listen_also
    for transport, address in (("transport-tls", first), ("transport-tls-also", also)):
        if address and settings.tls:
            reached = _reached(address, settings, part)
            yield part("transport-tls", transport=transport, host=bracketed(address), reached_from_outside=reached)
    if first and settings.tls and settings.https_port:
        yield part("transport-wss", reached_from_outside=_reached(first, settings, part))
    if settings.trunk_address:
        yield part("transport-trunk", reached_from_outside=_reached(settings.trunk_address, settings, part))


def _reached(address: str, settings: NodeSettings, part: _Parts) -> Block:
    """How others see our address: by a router's at the most, and of its own family. Another's would be a path to nowhere."""
    outside = settings.external_media_address
    if outside is None or (":" in outside) != (":" in address):
        return Block("")
    return _joined([part("outside"), *(part("local-network", network=network) for network in settings.local_networks)])


def _trunk(trunk: Trunk, settings: NodeSettings, part: _Parts) -> Block:
    is_here = is_loopback(trunk.host)
    transport = "transport-udp" if is_here else "transport-trunk"
    outbound_auth = Block(f"outbound_auth = {trunk.name}" if trunk.username else "")
    described = [
        part(
            "trunk",
            name=trunk.name,
            host=bracketed(trunk.host),
            port=trunk.port,
            transport=transport,
            media_address=settings.bind_address if is_here else settings.trunk_address,
            binds_media=is_here,
            qualify_every_s=trunk.qualify_every_s,
            outbound_auth=outbound_auth,
        )
    ]
    if trunk.accepts_calls:
        sources = trunk.identify_by or (trunk.host,)
        matches = _joined(part("trunk-match", source=source) for source in sources)
        described.append(part("trunk-identify", name=trunk.name, matches=matches))
    if trunk.username:
        password = None if trunk.password is None else Literal(trunk.password)
        described.append(part("trunk-auth", name=trunk.name, username=trunk.username, password=password))
    if trunk.is_registered:
        described.append(
            part(
                "trunk-registration",
                name=trunk.name,
                transport=transport,
                host=bracketed(trunk.host),
                port=trunk.port,
                username=trunk.username,
            )
        )
    return _joined(described)


def _emergency(settings: NodeSettings, part: _Parts) -> Iterator[Block]:
    if settings.emergency_trunk is None:
        yield part("no-emergency")
        return
    # A line that is down must not be the end of it: every other one is tried.
    for trunk in sorted(settings.trunks, key=lambda trunk: trunk.name != settings.emergency_trunk):
        label = Block("(dial)" if trunk.name == settings.emergency_trunk else "")
        yield part("emergency", label=label, trunk=trunk.name, host=bracketed(trunk.host), port=trunk.port)


def _write_machine(settings: NodeSettings) -> Path:
    settings.message_directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = settings.directory / "answering-machine"
    path.write_text(machine_script(Path(sys.executable), settings.message_directory), encoding="utf-8")
    path.chmod(0o700)
    return path


def _answering_machine(settings: NodeSettings, part: _Parts) -> Block:
    command = settings.machine_command
    if command is None:
        return Block("; No answering machine: the announcement is all there is.")
    if not command.is_file() or not os.access(command, os.X_OK):
        raise NodeError(f"machine_command {command}: not an executable file")
    if any(mark in str(command) for mark in ',()|"'):
        raise NodeError(f"machine_command {command}: the dialplan cannot name this path")
    return part("machine", machine_command=command.resolve())


def _logs_each_attempt(modules: Path) -> bool:
    """Seen with 22.11.0-rc2, whatever is set; the module itself is asked, since a later build may be silent again."""
    module = modules / _SOCKETS
    return module.is_file() and _LOGS_EACH_ATTEMPT in module.read_bytes()


def _required(modules: Iterable[str]) -> Block:
    return Block("\n".join(f"require = {name}" for name in modules))


def _module(name: str) -> str:
    if not name.endswith(".so") or not name[:-3].replace("_", "").isalnum():
        raise NodeError(f"extra_modules {name!r}: expected a module's file name such as app_queue.so")
    return name


def _conf_file(name: str) -> str:
    if not name.endswith(".conf") or not name[:-5].replace("_", "").isalnum():
        raise NodeError(f"extra_conf {name!r}: expected a file name such as queues.conf")
    return name


def _link_data(data: Path, program: Program, templates: Path, own_sounds: Path | None) -> None:
    theirs = program.first_directory(_DATA_DIRECTORIES, "data directory")
    for name in _LINKED_DATA:
        if (theirs / name).exists():
            _link(data / name, theirs / name)
    (data / "agi-bin").mkdir(exist_ok=True)
    sounds = data / "sounds"
    if sounds.is_symlink():
        sounds.unlink()
    sounds.mkdir(exist_ok=True)
    for language in (templates / "sounds").iterdir():
        if language.is_dir():
            _link(sounds / language.name, language.resolve())
    if own_sounds is not None:
        _link(sounds / FOLDER, own_sounds.resolve())
    elif (sounds / FOLDER).is_symlink():
        (sounds / FOLDER).unlink()


def _link(path: Path, target: Path) -> None:
    if path.is_symlink() and path.readlink() == target:
        return
    if path.is_symlink() or path.is_file():
        path.unlink()
    elif path.is_dir():
        shutil.rmtree(path)
    path.symlink_to(target)


def _joined(blocks: Iterable[Block]) -> Block:
    return Block("\n".join(blocks))
