"""A node that is reached from other devices: TLS and SRTP, WebSockets over HTTPS, its carriers' own address."""

import datetime
import ipaddress
import ssl
import wave
from dataclasses import replace
from pathlib import Path

import aiohttp
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from fernamt.demo.phones import PhoneAccount
from fernamt.node.errors import NodeError
from fernamt.node.ports import free_ports
from fernamt.node.process import AsteriskNode
from fernamt.node.settings import NodeSettings, Tls, Trunk, bracketed
from tests.e2e.accounts import provision
from tests.e2e.conftest import StartPhone
from tests.e2e.test_node import caller_at, listeners, surprises
from tests.e2e.test_phones import ANNAS_TONE, BERTS_TONE, is_tone, until_hears

LISTEN = ipaddress.ip_address("127.0.0.2")


@pytest.fixture
def tls(tmp_path: Path) -> Tls:
    """A certificate of the test's own."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "node.test")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(LISTEN)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    made = Tls(certificate=tmp_path / "node.pem", private_key=tmp_path / "node.key")
    made.certificate.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    made.private_key.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return made


@pytest.fixture
def outside(settings: NodeSettings, tls: Tls) -> NodeSettings:
    """All listeners a node can have, on 127.0.0.2 in place of an address of the network."""
    sips, https, trunk = free_ports(3, address="127.0.0.2")
    return replace(
        settings,
        listen_address="127.0.0.2",
        tls=tls,
        sips_port=sips,
        https_port=https,
        trunk_address="127.0.0.2",
        trunk_port=trunk,
        external_media_address="203.0.113.9",
        local_networks=("127.0.0.0/8",),
        ice_loopback_alias="198.51.100.1",
        trunks=(
            *settings.trunks,
            Trunk(name="carrier", host="192.0.2.1", username="u", password="p;q", qualify_every_s=0),
        ),
    )


async def test_a_node_with_every_listener_starts_clean_and_takes_secure_ones_only_from_outside(
    outside: NodeSettings,
) -> None:
    async with AsteriskNode.running(outside) as node:
        assert surprises(node) == []
        shown = {(protocol, port) for protocol, address, port in listeners(node.pid) if address == "127.0.0.2"}
        assert shown == {
            ("tcp", outside.sips_port),
            ("tcp", outside.https_port),
            ("udp", outside.trunk_port),
        }
        assert "u" in await node.rx("pjsip show auth carrier")


async def test_ari_is_not_to_be_had_by_https_from_elsewhere_nor_without_a_password(outside: NodeSettings, tls: Tls) -> None:
    async with AsteriskNode.running(outside) as node:
        authorization = aiohttp.encode_basic_auth(node.credentials.ari_user, node.credentials.ari_password)
        headers = {"Authorization": authorization}
        trusting = ssl.create_default_context(cafile=str(tls.certificate))
        elsewhere = aiohttp.TCPConnector(local_addr=("127.0.0.2", 0), ssl=trusting)
        async with aiohttp.ClientSession(connector=elsewhere) as session:
            url = f"https://127.0.0.2:{outside.https_port}/ari/asterisk/info"
            async with session.get(url, headers=headers) as answer:
                assert answer.status in {401, 403}
        async with aiohttp.ClientSession() as session:
            async with session.get(f"{outside.ari_url}/asterisk/info", headers=headers) as answer:
                assert answer.status == 200
            async with session.get(f"{outside.ari_url}/asterisk/info") as answer:
                assert answer.status == 401


async def test_a_phone_registers_by_tls_and_talks_by_srtp(outside: NodeSettings, start_phone: StartPhone) -> None:
    async with AsteriskNode.running(outside) as node:
        plain = await provision(node, "agent-anna", media_encryption="sdes")
        account = replace(plain, server=f"127.0.0.2:{outside.sips_port}", transport="tls", media_encryption="srtp-mand")
        phone = await start_phone(account)
        await phone.expect("REGISTER_OK")

        await node.rx("dialplan add extension 77,1,Answer into from-agents")
        await node.rx("dialplan add extension 77,2,MusicOnHold into from-agents")
        await phone.dial("77")
        await phone.expect("CALL_ESTABLISHED")
        await phone.expect("CALL_RTPESTAB")
        await phone.hang_up()


@pytest.mark.parametrize(("caller", "callee"), [("127.0.0.2", "::1"), ("::1", "127.0.0.2")])
async def test_phones_of_both_families_talk_to_each_other_by_tls(
    outside: NodeSettings, start_phone: StartPhone, caller: str, callee: str
) -> None:
    """None is told the other family's address, although phones of the first are told a router's."""
    async with AsteriskNode.running(replace(outside, listen_also="::1", sips_port=free_ports(1)[0])) as node:
        await node.rx("dialplan add extension bert,1,Dial,PJSIP/agent-bert into from-agents")
        phones = []
        for name, address in (("agent-anna", caller), ("agent-bert", callee)):
            # As the product has it where other devices come in: phones are found by the connection they made, no address is set.
            own = {"media_encryption": "sdes", "media_address": "", "bind_rtp_to_media_address": "no", "rewrite_contact": "yes"}
            plain = await provision(node, name, **own)
            server = f"{bracketed(address)}:{node.settings.sips_port}"
            account = replace(plain, server=server, transport="tls", media_encryption="srtp-mand")
            tone = ANNAS_TONE if name == "agent-anna" else BERTS_TONE
            phones.append(await start_phone(account, tone_hz=tone, keeps_what_it_hears=True))
            await phones[-1].expect("REGISTER_OK")
        anna, bert = phones
        await anna.dial("bert")
        await bert.expect("CALL_INCOMING")
        await bert.answer()
        await until_hears(anna, is_tone(BERTS_TONE))
        await until_hears(bert, is_tone(ANNAS_TONE))
        assert surprises(node) == []


async def test_the_answering_machine_gets_the_number_and_the_caller(
    settings: NodeSettings, start_phone: StartPhone, tmp_path: Path
) -> None:
    script = tmp_path / "machine.sh"
    message = tmp_path / "message"
    script.write_text(
        "#!/bin/sh\n"
        'while read -r line; do [ -z "$line" ] && break; done\n'
        f'echo "$1" > {tmp_path}/number\n'
        f"echo 'RECORD FILE {message} wav \"#\" 1500 0 BEEP'\nread -r answer\n"
        "echo 'STREAM FILE fernamt/message-taken \"\"'\nread -r answer\n"
    )
    script.chmod(0o755)
    async with AsteriskNode.running(replace(settings, machine_command=script)) as node:
        caller = await start_phone(caller_at(node), tone_hz=700)
        await caller.dial("4930123456")
        await caller.expect("CALL_ESTABLISHED")
        await caller.expect("CALL_CLOSED")
        assert surprises(node) == []
    assert (tmp_path / "number").read_text() == "4930123456\n"
    with wave.open(f"{message}.wav") as recorded:
        assert recorded.getframerate() == 8000
        assert 1.0 < recorded.getnframes() / 8000 < 3.0


def test_an_account_with_characters_of_its_own_line_is_refused() -> None:
    with pytest.raises(NodeError, match="character"):
        PhoneAccount(user="a>;regint=0", server="127.0.0.1:5060").line()
