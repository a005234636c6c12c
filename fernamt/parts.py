"""What each room is told of the settings: the one place where the installation's settings become the rooms' own records."""

from ipaddress import IPv4Network, IPv6Network, ip_network
from zoneinfo import ZoneInfo

from config.section import is_loopback
from config.service import ServiceSettings
from config.settings import Settings
from config.switches import SwitchSettings, TrunkSettings
from fernamt.browser_phones import socket_sources
from fernamt.installation import Places
from fernamt.leads.places import MAY_LEAVE_OUT, leads_folder
from fernamt.node.credentials import NodeCredentials
from fernamt.node.settings import NodeSettings, Tls, Trunk, bracketed, messages_of
from routing.shifts.book import ShiftRules
from store.journal_writer import JournalSettings
from telephony.agent.evidence import PresenceRules
from telephony.agent.line_quality import Limits, LineRules
from telephony.agent.model import AgentRules
from telephony.causes import ReleaseReason
from telephony.identifiers import SwitchName
from telephony.switch.asterisk.settings import AmiSettings, AriSettings, AsteriskSettings, LineOut, PhoneSettings
from web.settings import WebSettings

ARI_PATH = "/ari"
CONTROLLER_HOST = "127.0.0.1"
"""Whatever `bind_address` is: Asterisk 22.10 loses the brackets of ws://[::1]:8092 and looks for a host named `::1:8092`."""
CALL_APP = "fernamt"
PRESENCE_APP = "fernamt-presence"


def node_settings(settings: Settings, name: str) -> NodeSettings:
    """The node that the table [switch.NAME] describes. Raises `NodeError` for what would make it unsafe."""
    switch = settings.switch[name]
    return NodeSettings(
        state_dir=Places(settings).state,
        name=name,
        bind_address=switch.bind_address,
        sip_port=switch.sip_port,
        http_port=switch.http_port,
        ami_port=switch.ami_port,
        rtp_first_port=switch.rtp_first_port,
        rtp_last_port=switch.rtp_last_port,
        listen_address=switch.listen_address,
        listen_also=switch.listen_also,
        tls=_tls(switch),
        sips_port=switch.sips_port,
        https_port=switch.https_port,
        trunk_address=switch.trunk_address,
        trunk_port=switch.trunk_port,
        external_media_address=switch.external_media_address,
        local_networks=switch.local_networks,
        ice_loopback_alias=switch.ice_loopback_alias,
        controller_uri=f"ws://{CONTROLLER_HOST}:{switch.controller_port}{ARI_PATH}",
        call_app=CALL_APP,
        presence_app=PRESENCE_APP,
        reconnect_interval_ms=switch.reconnect_every_ms,
        handshake_timeout_ms=switch.handshake_timeout_ms,
        write_timeout_ms=switch.write_timeout_ms,
        beat_limit_s=switch.beat_limit_s,
        trunks=tuple(_trunk(trunk_name, trunk) for trunk_name, trunk in switch.trunk.items()),
        emergency_trunk=switch.emergency_trunk,
        codecs=(switch.codec,),
        takes_messages=True,
        qualify_timeout_s=settings.agents.qualify_timeout_s,
        rtp_timeout_s=settings.agents.rtp_timeout_s,
        rtp_hold_timeout_s=settings.agents.rtp_hold_timeout_s,
        language=switch.language,
        sound_directory=switch.sound_directory,
    )


def asterisk_settings(settings: Settings, name: str, credentials: NodeCredentials) -> AsteriskSettings:
    """How the adapter reaches that node."""
    switch = settings.switch[name]
    node = node_settings(settings, name)
    return AsteriskSettings(
        name=SwitchName(name),
        ari=AriSettings(
            http_url=node.ari_url,
            user=credentials.ari_user,
            password=credentials.ari_password,
            connection=switch.connection,
            listen_host=CONTROLLER_HOST,
            listen_port=switch.controller_port,
            listen_path=ARI_PATH,
            controller_user=credentials.controller_user,
            controller_password=credentials.controller_password,
            call_app=CALL_APP,
            presence_app=PRESENCE_APP,
        ),
        ami=AmiSettings(
            host=switch.bind_address,
            port=switch.ami_port,
            user=credentials.ami_user,
            password=credentials.ami_password,
        ),
        line_out=_line_out(switch, switch.outbound_trunk),
        emergency_line=_line_out(switch, switch.emergency_trunk),
        phones=PhoneSettings(
            codecs=switch.codec,
            qualify_frequency_s=settings.agents.qualify_every_s,
            qualify_timeout_s=settings.agents.qualify_timeout_s,
            maximum_expiration_s=settings.agents.registration_s,
            rtp_timeout_s=settings.agents.rtp_timeout_s,
            rtp_hold_timeout_s=settings.agents.rtp_hold_timeout_s,
            language=switch.language,
            may_refer={"always": True, "never": False}.get(switch.phone_transfers),
            # Where other devices may come in, a call without SRTP is none; the address behind a router is the transport's matter.
            is_encrypted=switch.listen_address is not None,
            bind_address=switch.bind_address if switch.listen_address is None else None,
        ),
        cel_file=node.cel_file,
        cel_offset_file=node.directory / "cel.offset",
        recording_directory=node.recording_directory,
        recorded_by=switch.recorded_by,
        message_directory=node.message_directory,
        line_poll_s=settings.presence.measure_every_s,
    )


def journal_settings(settings: Settings) -> JournalSettings:
    """How the journal's writer works."""
    journal = settings.journal
    return JournalSettings(patience_ms=journal.patience_ms, retry_ms=journal.retry_ms, batch_events=journal.batch_events)


def agent_rules(settings: Settings) -> AgentRules:
    """What a missed offer costs."""
    routing = settings.routing
    return AgentRules(
        rest_ms={
            ReleaseReason.NO_ANSWER: routing.rest_no_answer_ms,
            ReleaseReason.BUSY: routing.rest_busy_ms,
            ReleaseReason.REJECTED: routing.rest_rejected_ms,
            ReleaseReason.UNREACHABLE: routing.rest_unreachable_ms,
            ReleaseReason.LOST: routing.rest_lost_ms,
        },
        misses_until_pause=routing.misses_until_pause,
        forced_pause_ms=routing.forced_pause_s * 1_000,
        extensions_per_wrap_up=routing.extensions_per_wrap_up,
        line_idle_ms=routing.line_idle_s * 1_000,
        presence=presence_rules(settings),
    )


def shift_rules(settings: Settings) -> ShiftRules:
    """What agents may book."""
    return ShiftRules(book_ahead_days=settings.shifts.book_ahead_days)


def presence_rules(settings: Settings) -> PresenceRules:
    """Who counts as present though, or although, the phone answers."""
    presence = settings.presence
    return PresenceRules(
        silent_for_ms=presence.silent_for_s * 1_000,
        downs_until_unsteady=presence.downs_until_unsteady,
        steady_for_ms=presence.steady_for_s * 1_000,
        line=LineRules(
            is_gate=presence.line_gate,
            bad=Limits(
                round_trip_ms=presence.worst_round_trip_ms,
                loss_percent=presence.worst_loss_percent,
                jitter_ms=presence.worst_jitter_ms,
                mos=presence.worst_mos,
            ),
            good=Limits(
                round_trip_ms=presence.good_round_trip_ms,
                loss_percent=presence.good_loss_percent,
                jitter_ms=presence.good_jitter_ms,
                mos=presence.good_mos,
            ),
            good_for_ms=presence.good_for_s * 1_000,
        ),
    )


def retention_days(settings: Settings) -> dict[str, int]:
    """The term of each class of data, in days."""
    terms = settings.retention.model_dump()
    return {name.removesuffix("_days"): days for name, days in terms.items() if name.endswith("_days")}


def web_settings(settings: Settings) -> WebSettings:
    """The web edge's names and limits."""
    web = settings.web
    return WebSettings(
        zone=ZoneInfo(settings.service.time_zone),
        desktop_lease_s=settings.presence.desktop_lease_s,
        origins=frozenset(origins(settings)),
        is_tls=base_url(settings).startswith("https://"),
        session_idle_s=web.session_idle_s,
        session_absolute_s=web.session_limit_s,
        one_time_login_s=web.one_time_login_s,
        password_shortest=web.password_shortest,
        body_limit=web.body_limit_bytes,
        login_tries_free=web.login_tries_free,
        trusted_proxies=tuple(ip_network(one, strict=False) for one in settings.service.trusted_proxies),
        metrics_networks=_metrics_networks(settings.service),
        messages_folder=messages_of(Places(settings).state),
        leads_folder=leads_folder(Places(settings).state),
        lead_faults_left_out=MAY_LEAVE_OUT,
        has_mail_server=settings.mail.host is not None,
        message_days=settings.retention.voicemail_days,
        listening_networks=_listening_networks(settings),
        webhook_networks=tuple(ip_network(one, strict=False) for one in settings.webhooks.allow),
        connect_sources=socket_sources(settings, origins(settings)),
    )


def _listening_networks(settings: Settings) -> tuple[IPv4Network | IPv6Network, ...] | None:
    named = settings.vault.listening_from
    return None if named is None else tuple(ip_network(one, strict=False) for one in named)


def _metrics_networks(service: ServiceSettings) -> tuple[IPv4Network | IPv6Network, ...]:
    """Who reads the figures without a proof: who was named, else this machine where nobody can seem to be it."""
    named = service.metrics_networks
    if named is None:
        named = () if service.public_url is not None or service.trusted_proxies else ("127.0.0.0/8", "::1/128")
    return tuple(ip_network(one, strict=False) for one in named)


def base_url(settings: Settings) -> str:
    """What people type into their browser."""
    service = settings.service
    if service.public_url is not None:
        return service.public_url.rstrip("/")
    return f"{'http' if service.certificate is None else 'https'}://{bracketed(service.listen)}:{service.port}"


def origins(settings: Settings) -> list[str]:
    """Scheme, host and port people reach us under; on a loopback address by its name as well."""
    own = base_url(settings)
    service = settings.service
    if service.public_url is None and is_loopback(service.listen):
        return [own, f"{own.partition('://')[0]}://localhost:{service.port}"]
    return [own]


def _tls(switch: SwitchSettings) -> Tls | None:
    if switch.certificate is None or switch.private_key is None:
        return None
    return Tls(certificate=switch.certificate, private_key=switch.private_key)


def _line_out(switch: SwitchSettings, name: str | None) -> LineOut | None:
    if name is None:
        return None
    trunk = switch.trunk[name]
    return LineOut(
        trunk=name,
        host=trunk.host,
        port=trunk.port,
        account=trunk.username,
        shows_in=trunk.shows_number_in,
        tells_diversion=trunk.tells_diversion,
    )


def _trunk(name: str, trunk: TrunkSettings) -> Trunk:
    return Trunk(
        name=name,
        host=trunk.host,
        port=trunk.port,
        identify_by=trunk.identify_by,
        accepts_calls=trunk.accepts_calls,
        username=trunk.username,
        password=trunk.password.get_secret_value() if trunk.password is not None else None,
        is_registered=trunk.is_registered,
        qualify_every_s=trunk.qualify_every_s,
    )
