"""The screens' files as a browser gets them: compressed where it takes that, kept for good, and nothing else compressed."""

import gzip
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from multidict import CIMultiDictProxy

from tests.integration.web.edge import World
from web.pages import front_end

SCRIPT = b"export const words = 'one and one and one';\n" * 99
GZIPPED = gzip.compress(SCRIPT)
STANDS_FOR_BROTLI = b"brotli's bytes"
NAMES = ("/", "/hearing.js", "/assets/Desk-1.js")


@pytest.fixture
async def pages(tmp_path: Path) -> AsyncIterator[aiohttp.ClientSession]:
    """A small front end, as the build leaves it; answers come as they are on the wire."""
    (tmp_path / "assets").mkdir()
    for name in ("index.html", "hearing.js", "assets/Desk-1.js"):
        (tmp_path / name).write_bytes(SCRIPT)
        (tmp_path / f"{name}.br").write_bytes(STANDS_FOR_BROTLI)
        (tmp_path / f"{name}.gz").write_bytes(GZIPPED)
    (tmp_path / "assets" / "small.js").write_bytes(b"0;\n")
    app = web.Application()
    front_end(app, tmp_path)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    async with aiohttp.ClientSession(f"http://127.0.0.1:{port}", auto_decompress=False) as session:
        yield session
    await runner.cleanup()


async def ask(pages: aiohttp.ClientSession, name: str, accepted: str, **headers: str) -> tuple[int, CIMultiDictProxy[str], bytes]:
    async with pages.get(name, headers={"Accept-Encoding": accepted, **headers}) as answer:
        return answer.status, answer.headers, await answer.read()


@pytest.mark.parametrize("name", NAMES)
async def test_a_browser_gets_the_smallest_that_it_takes(pages: aiohttp.ClientSession, name: str) -> None:
    tags = set[str]()
    expected = {"gzip, deflate, br, zstd": ("br", STANDS_FOR_BROTLI), "gzip, deflate": ("gzip", GZIPPED)}
    for accepted, (encoding, content) in {**expected, "identity": (None, SCRIPT)}.items():
        status, headers, body = await ask(pages, name, accepted)
        assert (status, headers.get("Content-Encoding"), headers["Vary"]) == (200, encoding, "Accept-Encoding")
        assert headers["Content-Type"].split(";")[0].endswith("html" if name == "/" else "/javascript")
        assert body == content
        assert len(body) == int(headers["Content-Length"])
        tags.add(headers["ETag"])
    assert len(tags) == 3, "a cache could take one for the other"


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("accepted", ["br", "gzip", "identity"])
async def test_who_has_it_is_told_so_for_the_same_encoding_only(pages: aiohttp.ClientSession, name: str, accepted: str) -> None:
    _status, first, _body = await ask(pages, name, accepted)
    status, headers, body = await ask(pages, name, accepted, **{"If-None-Match": first["ETag"]})
    assert (status, body, headers["Vary"], headers["ETag"]) == (304, b"", "Accept-Encoding", first["ETag"])
    assert headers["Cache-Control"] == first["Cache-Control"]
    other = "gzip" if accepted != "gzip" else "identity"
    assert (await ask(pages, name, other, **{"If-None-Match": first["ETag"]}))[0] == 200


async def test_what_was_not_worth_it_comes_as_it_is(pages: aiohttp.ClientSession) -> None:
    status, headers, body = await ask(pages, "/assets/small.js", "gzip, br")
    assert (status, body, "Content-Encoding" in headers, headers["Vary"]) == (200, b"0;\n", False, "Accept-Encoding")
    assert "immutable" in headers["Cache-Control"]


async def test_a_file_that_is_not_there_is_kept_by_nobody(pages: aiohttp.ClientSession) -> None:
    status, headers, _body = await ask(pages, "/assets/gone.js", "gzip, br")
    assert (status, "Cache-Control" in headers) == (404, False)


async def test_what_is_made_for_one_person_is_never_compressed(world: World) -> None:
    """Its size would tell of a secret that stands beside what somebody else could put there."""
    browser = world.browser()
    await browser.log_in("root")
    for path in ("/api/v1/openapi.json", "/api/v1/agents", "/api/v1/me", "/api/v1/projects"):
        headers = {"Accept-Encoding": "gzip, deflate, br", "Cookie": "; ".join(f"{k}={v}" for k, v in browser.cookies.items())}
        async with world.client.get(world.url + path, headers=headers) as answer:
            assert answer.status == 200
            assert "Content-Encoding" not in answer.headers
