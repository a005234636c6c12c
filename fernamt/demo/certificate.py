"""A certificate that the demo signs itself, for phones and browsers on other devices of the same network."""

import datetime
import ipaddress
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from fernamt.node.credentials import write_private

_VALID = datetime.timedelta(days=90)
_LEFT_AT_LEAST = datetime.timedelta(days=7)


def self_signed(folder: Path, address: str) -> tuple[Path, Path]:
    """Certificate and key (PEM, mode 0600) for that address are in the folder; returns their paths.

    One that is there is kept while it names the address and is good for another week, so that devices which trust it still do.
    """
    certificate, key = folder / "demo-certificate.pem", folder / "demo-key.pem"
    if not (certificate.exists() and key.exists() and _will_do(certificate, address)):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        made, signed = _sign(address)
        write_private(key, made)
        write_private(certificate, signed)
    return certificate, key


def fingerprint(certificate: Path) -> str:
    """The SHA-256 fingerprint as devices show it."""
    return x509.load_pem_x509_certificate(certificate.read_bytes()).fingerprint(hashes.SHA256()).hex(":").upper()


def _will_do(path: Path, address: str) -> bool:
    certificate = x509.load_pem_x509_certificate(path.read_bytes())
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    is_fresh = certificate.not_valid_after_utc - _LEFT_AT_LEAST > datetime.datetime.now(datetime.UTC)
    return is_fresh and ipaddress.ip_address(address) in names.get_values_for_type(x509.IPAddress)


def _sign(address: str) -> tuple[str, str]:
    """A new key and the certificate it has signed, both as PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Fernamt demo {address}")])
    at = datetime.datetime.now(datetime.UTC)
    names = [x509.IPAddress(ipaddress.ip_address(address)), x509.DNSName("localhost")]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(at - datetime.timedelta(hours=1))
        .not_valid_after(at + _VALID)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return private.decode(), certificate.public_bytes(pem).decode()
