"""Time stamps: those of a real authority (OpenSSL's) count, and only of what they were asked for."""

import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from cryptography import x509

from recording.vault.stamps import HttpAuthority, StampInvalid, stamp, stamped_at

STATEMENT = b"the chain's root"
_CONFIG = """
[req]
distinguished_name = name
prompt = no
[name]
CN = Stamps of tests
[root]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign
[stamps]
basicConstraints = CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
[tsa]
default_tsa = authority
[authority]
serial = {folder}/serial
crypto_device = builtin
signer_cert = {folder}/stamps.pem
signer_key = {folder}/stamps.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
accuracy = secs:1
ess_cert_id_alg = sha256
"""


@dataclass(frozen=True, slots=True)
class LocalAuthority:
    """OpenSSL as an authority."""

    folder: Path

    @property
    def roots(self) -> list[x509.Certificate]:
        return x509.load_pem_x509_certificates((self.folder / "root.pem").read_bytes())

    def ask(self, request: bytes) -> bytes:
        (self.folder / "query").write_bytes(request)
        _openssl(self.folder, "ts", "-reply", "-config", "tsa.conf", "-queryfile", "query", "-out", "answer")
        return (self.folder / "answer").read_bytes()


def _openssl(folder: Path, *arguments: str) -> None:
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True, timeout=60)


def _authority(folder: Path) -> LocalAuthority:
    folder.mkdir()
    (folder / "tsa.conf").write_text(_CONFIG.format(folder=folder))
    (folder / "serial").write_text("01\n")
    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
    made = ("req", "-config", "tsa.conf", "-x509", *key, "-days", "30")
    _openssl(folder, *made, "-extensions", "root", "-subj", "/CN=root", "-keyout", "root.key", "-out", "root.pem")
    _openssl(folder, "req", "-config", "tsa.conf", *key, "-subj", "/CN=stamps", "-keyout", "stamps.key", "-out", "stamps.csr")
    signed = ("x509", "-req", "-in", "stamps.csr", "-CA", "root.pem", "-CAkey", "root.key", "-set_serial", "2", "-days", "30")
    _openssl(folder, *signed, "-extfile", "tsa.conf", "-extensions", "stamps", "-out", "stamps.pem")
    return LocalAuthority(folder)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> LocalAuthority:
    return _authority(tmp_path_factory.mktemp("tsa") / "one")


@pytest.fixture(scope="module")
def stamped(authority: LocalAuthority) -> bytes:
    return stamp(STATEMENT, authority, authority.roots)


def test_a_statement_is_stamped_and_the_stamp_proves_when(authority: LocalAuthority, stamped: bytes) -> None:
    assert 1_700_000_000_000_000 < stamped_at(stamped, STATEMENT, authority.roots) < 4_000_000_000_000_000


def test_a_stamp_counts_for_its_statement_alone(authority: LocalAuthority, stamped: bytes) -> None:
    with pytest.raises(StampInvalid):
        stamped_at(stamped, STATEMENT + b".", authority.roots)


def test_another_authoritys_certificate_does_not_count(stamped: bytes, tmp_path: Path) -> None:
    with pytest.raises(StampInvalid):
        stamped_at(stamped, STATEMENT, _authority(tmp_path / "other").roots)
    with pytest.raises(StampInvalid):
        stamped_at(stamped, STATEMENT, [])


def test_a_changed_stamp_does_not_count(authority: LocalAuthority, stamped: bytes) -> None:
    for at in range(0, len(stamped), 37):
        changed = stamped[:at] + bytes([stamped[at] ^ 1]) + stamped[at + 1 :]
        try:
            found = stamped_at(changed, STATEMENT, authority.roots)
        except StampInvalid:
            continue
        assert found == stamped_at(stamped, STATEMENT, authority.roots), f"byte {at} changed the instant unseen"


def test_an_old_answer_to_another_request_is_refused(authority: LocalAuthority, stamped: bytes) -> None:
    class Replaying:
        def ask(self, _request: bytes) -> bytes:
            return stamped

    with pytest.raises(StampInvalid, match="another request"):
        stamp(STATEMENT, Replaying(), authority.roots)


@pytest.mark.parametrize("answer", [b"", b"<html>", b"0\x03\x02\x01\x02", b"0\x82\xff\xff"])
def test_what_is_no_answer_is_told_as_such(authority: LocalAuthority, answer: bytes) -> None:
    class Broken:
        def ask(self, _request: bytes) -> bytes:
            return answer

    with pytest.raises(StampInvalid):
        stamp(STATEMENT, Broken(), authority.roots)


@pytest.fixture
def address(authority: LocalAuthority) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            assert self.headers["Content-Type"] == "application/timestamp-query"
            answer = authority.ask(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: object) -> None:
            """Nothing is logged."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


def test_an_authority_is_asked_over_http(authority: LocalAuthority, address: str) -> None:
    token = stamp(STATEMENT, HttpAuthority(address), authority.roots)
    assert stamped_at(token, STATEMENT, authority.roots)


def test_an_authority_that_is_away_is_an_error_of_the_network() -> None:
    from fernamt.node.ports import free_ports

    (port,) = free_ports(1)
    with pytest.raises(OSError, match=r"refused|urlopen"):
        stamp(STATEMENT, HttpAuthority(f"http://127.0.0.1:{port}/", timeout_s=2), [])
    with pytest.raises(StampInvalid):
        HttpAuthority("file:///etc/passwd")
