"""What must hold between settings, beyond what each key may be by itself."""

from collections.abc import Iterator
from itertools import combinations

from config.mail import MailSecurity, MailSettings
from config.operation import PresenceSettings
from config.section import family, is_loopback
from config.settings import Settings
from config.switches import SwitchSettings, TrunkSettings
from config.toml_positions import Path
from config.vault import ObjectsIn, VaultSettings

Breach = tuple[Path, str, str]
"""Path of the key, what was expected, what is given."""

_TLS = "a PEM file: to be reached from other machines needs TLS; or a loopback address to listen on"


def breaches(settings: Settings) -> Iterator[Breach]:
    """Every rule between keys that these settings break."""
    service = settings.service
    if not is_loopback(service.listen):
        for key in ("certificate", "private_key"):
            if getattr(service, key) is None:
                yield ("service", key), f"{_TLS} (service.listen is {service.listen})", "nothing"
    if (service.certificate is None) != (service.private_key is None):
        missing = "certificate" if service.certificate is None else "private_key"
        yield ("service", missing), "a PEM file: certificate and private_key go together", "nothing"
    if settings.web.session_idle_s > settings.web.session_limit_s:
        yield ("web", "session_idle_s"), "at most web.session_limit_s", str(settings.web.session_idle_s)
    for key, what, given in _gate(settings.presence):
        yield ("presence", key), what, given
    if not settings.switch:
        yield ("switch",), "at least one switch, [switch.NAME]", "none"
    for name, switch in settings.switch.items():
        for path, what, given in _switch(switch):
            yield ("switch", name, *path), what, given
    for key, what, given in _mail(settings.mail):
        yield ("mail", key), what, given
    for key in _vault(settings.vault):
        yield ("vault", key), "a value: the vault's other keys need it", "nothing"
    yield from _shared_ports(settings)


def _vault(vault: VaultSettings) -> Iterator[str]:
    """Keys that are missing beside others."""
    if vault.objects is ObjectsIn.S3:
        yield from (key for key in ("s3_bucket", "s3_access_key", "s3_secret_key") if getattr(vault, key) is None)
    if vault.tsa_url is not None and vault.tsa_certificates is None:
        yield "tsa_certificates"


def _gate(presence: PresenceSettings) -> Iterator[tuple[str, str, str]]:
    """A gate that opened where it closes would swing."""
    for name in ("round_trip_ms", "loss_percent", "jitter_ms", "mos"):
        good, worst = getattr(presence, f"good_{name}"), getattr(presence, f"worst_{name}")
        if good <= worst if name == "mos" else good >= worst:
            yield f"good_{name}", f"a better figure than presence.worst_{name}, which is {worst}", str(good)


def _mail(mail: MailSettings) -> Iterator[tuple[str, str, str]]:
    if mail.host is not None and mail.sender is None:
        yield "sender", "an address mails come from, beside mail.host", "nothing"
    if mail.host is None and mail.mailbox is not None:
        yield "host", "a mail server, since mail.mailbox is to have messages", "nothing"
    if (mail.username is None) != (mail.password is None):
        missing = "username" if mail.username is None else "password"
        yield missing, "a value: username and password go together", "nothing"
    if mail.security is MailSecurity.NONE and mail.host is not None and not is_loopback(mail.host):
        yield "security", f"starttls or tls: none is for a server on this machine alone (mail.host is {mail.host})", "'none'"


def _switch(switch: SwitchSettings) -> Iterator[Breach]:
    if not is_loopback(switch.bind_address):
        yield (
            ("bind_address",),
            "a loopback address: plain SIP, ARI and AMI stay on this machine (phones: listen_address, carriers: trunk_address)",
            repr(switch.bind_address),
        )
    yield from _ways_in(switch)
    if (switch.certificate is None) != (switch.private_key is None) and switch.listen_address is None:
        missing = "certificate" if switch.certificate is None else "private_key"
        yield (missing,), "a PEM file: certificate and private_key go together", "nothing"
    if switch.rtp_first_port >= switch.rtp_last_port:
        yield ("rtp_last_port",), f"more than rtp_first_port ({switch.rtp_first_port})", str(switch.rtp_last_port)
    if switch.waiting_limit_s < switch.beat_limit_s:
        yield ("waiting_limit_s",), f"at least beat_limit_s ({switch.beat_limit_s})", str(switch.waiting_limit_s)
    if switch.emergency_trunk is not None and switch.emergency_trunk not in switch.trunk:
        known = ", ".join(switch.trunk) or "none is configured"
        yield ("emergency_trunk",), f"the name of a trunk of this switch ({known})", repr(switch.emergency_trunk)
    if switch.outbound_trunk is not None and switch.outbound_trunk not in switch.trunk:
        known = ", ".join(switch.trunk) or "none is configured"
        yield ("outbound_trunk",), f"the name of a trunk of this switch ({known})", repr(switch.outbound_trunk)
    for name, trunk in switch.trunk.items():
        for path, what, given in _trunk(trunk, switch):
            yield ("trunk", name, *path), what, given


def _ways_in(switch: SwitchSettings) -> Iterator[Breach]:
    """How phones and carriers reach the switch: an address never speaks with one of the other family."""
    for key in ("listen_address", "listen_also"):
        address = getattr(switch, key)
        if address is not None and not is_loopback(address):
            yield from (
                ((missing,), f"{_TLS} ({key} is {address})", "nothing")
                for missing in ("certificate", "private_key")
                if getattr(switch, missing) is None
            )
    also, first = switch.listen_also, switch.listen_address
    if also is not None and (first is None or family(also) == family(first)):
        yield ("listen_also",), f"an address of another family than listen_address (which is {first or 'unset'})", repr(also)
    told, ways = switch.external_media_address, (first, also, switch.trunk_address)
    if told is not None and all(family(way) != family(told) for way in ways if way is not None):
        yield ("external_media_address",), "an address of the family of listen_address, listen_also or trunk_address", repr(told)
    alias = switch.ice_loopback_alias
    if alias is not None and family(alias) != family(switch.bind_address):
        yield ("ice_loopback_alias",), f"an address of the family of bind_address ({switch.bind_address})", repr(alias)


def _trunk(trunk: TrunkSettings, switch: SwitchSettings) -> Iterator[Breach]:
    if trunk.is_registered and trunk.username is None:
        yield ("username",), "a name: registering needs username and password", "nothing"
    if (trunk.username is None) != (trunk.password is None):
        missing = "username" if trunk.username is None else "password"
        yield (missing,), "a value: username and password go together", "nothing"
    if trunk.shows_number_in == "asserted" and trunk.username is None:
        yield ("username",), "a name: From names our account where the number shown is asserted", "nothing"
    if not is_loopback(trunk.host) and switch.trunk_address is None:
        yield ("host",), "a host on this machine as long as the switch has no trunk_address", repr(trunk.host)
    ours = switch.bind_address if is_loopback(trunk.host) else switch.trunk_address
    if ours is not None and None not in {family(trunk.host), family(ours)} and family(trunk.host) != family(ours):
        yield ("host",), f"an address of the family of ours ({ours})", repr(trunk.host)


def _shared_ports(settings: Settings) -> Iterator[Breach]:
    """Two listeners on one port: one of them would not start."""
    taken: list[tuple[Path, int]] = [(("service", "port"), settings.service.port)]
    for name, switch in settings.switch.items():
        keys = ["sip_port", "http_port", "ami_port", "controller_port"]
        keys += ["sips_port"] if switch.listen_address else []
        keys += ["trunk_port"] if switch.trunk_address else []
        keys += ["https_port"] if switch.https_port else []
        taken += [(("switch", name, key), getattr(switch, key)) for key in keys if switch.is_started_here]
    for (first, port), (second, other) in combinations(taken, 2):
        if port == other:
            yield second, f"a port of its own ({port} is {'.'.join(map(str, first))})", str(other)
