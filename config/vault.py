"""Settings of the vault: where sealed recordings are kept, and who stamps the chain."""

from enum import StrEnum
from pathlib import Path

from pydantic import SecretStr

from config.section import Line, Network, Section


class ObjectsIn(StrEnum):
    """What keeps sealed objects."""

    FOLDER = "folder"
    S3 = "s3"


class VaultSettings(Section):
    """Where sealed recordings are kept. Their keys are in `keys/vault.db` of the state folder, in no backup of the database."""

    objects: ObjectsIn = ObjectsIn.FOLDER
    """folder, or s3: a bucket with object lock, written in governance mode."""
    objects_dir: Path | None = None
    """Folder of the objects, for our user only; unset: `vault` in the state folder."""
    recordings_dir: Path | None = None
    """Folder what was recorded waits in to be sealed; unset: `recording/segments` in the state folder. On the same disk as the
    switch's own folder of recordings: files are moved."""
    s3_endpoint: Line | None = None
    """Address of the S3 server, https://…; unset: Amazon's of the region."""
    s3_region: Line = "eu-central-1"
    """Region of the bucket; recordings are to stay in the EU."""
    s3_bucket: Line | None = None
    """Name of the bucket."""
    s3_access_key: SecretStr | None = None
    """Name of the access key; its owner may put, get, list and delete versions, and s3:BypassGovernanceRetention."""
    s3_secret_key: SecretStr | None = None
    """The access key's secret; better kept in a secret file or in the environment (FERNAMT_VAULT__S3_SECRET_KEY)."""
    listening_from: tuple[Network, ...] | None = None
    """Networks from which recordings may be heard and fetched, such as the offices' and their VPN's; unset: from anywhere. To
    keep them within the EU, name the networks there: no country is guessed from an address."""
    tsa_url: Line | None = None
    """Address of a time-stamping authority (RFC 3161) that stamps the chain every hour; unset: nobody does."""
    tsa_certificates: Path | None = None
    """PEM file with the authority's root certificates."""
