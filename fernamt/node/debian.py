"""Where this machine gets its Debian packages from, and whose signature it trusts for them.

Only the mirror and the keyring of the machine are used; its package lists and its dpkg state are never
touched, so that nothing here needs root and nothing here can break the machine.
"""

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from fernamt.node.errors import NodeError

KEYRINGS = (
    Path("/usr/share/keyrings/debian-archive-keyring.pgp"),
    Path("/usr/share/keyrings/debian-archive-keyring.gpg"),
)
MIRROR_VARIABLE = "FERNAMT_DEBIAN_MIRROR"
_ONE_LINE = re.compile(r"^deb\s+(?:\[[^\]]*\]\s+)?(?P<uri>\S+)\s+(?P<suite>\S+)\s+(?P<components>.+)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One mirror address of the machine's apt sources with the suites it is used for."""

    uri: str
    suites: tuple[str, ...]
    components: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mirror:
    """A Debian mirror and the keyring that signs it."""

    uri: str
    keyring: Path


def parse_one_line_sources(text: str) -> Iterator[Source]:
    """Yields the binary sources of a `sources.list` text; comments and `deb-src` lines are left out."""
    for line in text.splitlines():
        found = _ONE_LINE.match(line.split("#", 1)[0].strip())
        if found:
            yield Source(uri=found["uri"], suites=(found["suite"],), components=tuple(found["components"].split()))


def parse_deb822_sources(text: str) -> Iterator[Source]:
    """Yields the enabled binary sources of a `*.sources` text (deb822, see sources.list(5))."""
    for paragraph in re.split(r"\n[ \t]*\n", text):
        fields = _deb822_fields(paragraph)
        if "deb" not in fields.get("types", "").split() or fields.get("enabled", "yes").lower() == "no":
            continue
        for uri in fields.get("uris", "").split():
            yield Source(
                uri=uri,
                suites=tuple(fields.get("suites", "").split()),
                components=tuple(fields.get("components", "").split()),
            )


def _deb822_fields(paragraph: str) -> dict[str, str]:
    fields: dict[str, str] = {}
    key = ""
    for line in paragraph.splitlines():
        if line.startswith("#"):
            continue
        if line[:1] in {" ", "\t"} and key:
            fields[key] += " " + line.strip()
        elif ":" in line:
            key, value = line.split(":", 1)
            key = key.strip().lower()
            fields[key] = value.strip()
    return fields


def read_sources(etc_apt: Path) -> tuple[Source, ...]:
    """All sources under a directory such as `/etc/apt`, in the order apt reads them."""
    found: list[Source] = []
    main = etc_apt / "sources.list"
    if main.is_file():
        found.extend(parse_one_line_sources(main.read_text(encoding="utf-8", errors="replace")))
    for path in sorted((etc_apt / "sources.list.d").glob("*")):
        if path.suffix == ".list":
            found.extend(parse_one_line_sources(path.read_text(encoding="utf-8", errors="replace")))
        elif path.suffix == ".sources":
            found.extend(parse_deb822_sources(path.read_text(encoding="utf-8", errors="replace")))
    return tuple(found)


def debian_source(sources: Iterable[Source]) -> Source | None:
    """The first source that is a plain Debian archive: not security, not updates, not a third party.

    A third party's archive also calls its suites `bookworm`; it does not end in `/debian`, or has no
    `main` beside the machine's suite, and apt would refuse its signature in any case.
    """
    for source in sources:
        path = source.uri.rstrip("/")
        if not source.uri.startswith(("http://", "https://", "file:", "mirror+", "cdrom:")):
            continue
        if path.endswith("/debian") and "main" in source.components:
            return source
    return None


def find_mirror(
    option: str | None = None,
    *,
    environ: Mapping[str, str] = os.environ,
    etc_apt: Path = Path("/etc/apt"),
    keyrings: Iterable[Path] = KEYRINGS,
) -> Mirror:
    """The mirror to unpack from: the option, else `FERNAMT_DEBIAN_MIRROR`, else the machine's own.

    Raises NodeError when there is none, or when the machine has no Debian archive keyring to check with.
    """
    keyring = next((path for path in keyrings if path.is_file()), None)
    if keyring is None:
        raise NodeError(
            "no Debian archive keyring on this machine (looked for "
            f"{', '.join(str(path) for path in keyrings)}): packages could not be checked. "
            "Install the package debian-archive-keyring, or an Asterisk of 22.5 or later."
        )
    chosen = option or environ.get(MIRROR_VARIABLE)
    if chosen is None:
        source = debian_source(read_sources(etc_apt))
        if source is None:
            raise NodeError(
                f"no Debian mirror in {etc_apt}: name one with --debian-mirror or {MIRROR_VARIABLE}, "
                "or install an Asterisk of 22.5 or later."
            )
        chosen = source.uri
    if not re.fullmatch(r"(https?|file|mirror\+https?|mirror\+file)://?[^\s\"';{}]+", chosen):
        raise NodeError(f"not the address of a Debian mirror: {chosen!r} (expected http://HOST/debian)")
    return Mirror(uri=chosen.rstrip("/"), keyring=keyring)
