"""What a document is, is told by its bytes; what it is called leads nowhere."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.documents import Paper, paper_of, plain_name

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(200) + b"\0\0\0\0IEND\xaeB`\x82"
JPEG = b"\xff\xd8\xff\xe0" + bytes(200) + b"\xff\xd9"


@pytest.mark.parametrize(("content", "paper"), [(PDF, Paper.PDF), (PNG, Paper.PNG), (JPEG, Paper.JPEG)])
def test_a_document_is_known_by_its_bytes_and_half_of_one_is_none(content: bytes, paper: Paper) -> None:
    assert paper_of(content) is paper
    assert paper_of(content[: len(content) // 2]) is None
    assert paper_of(b" " + content) is None


@pytest.mark.parametrize("content", [b"", b"%PDF", b"<html>%PDF-1.7 %%EOF", b"MZ\x90", b"PK\x03\x04", b"GIF89a", b"%%EOF"])
def test_anything_else_is_none(content: bytes) -> None:
    assert paper_of(content) is None


@pytest.mark.parametrize(
    ("name", "paper", "kept"),
    [
        ("contract.pdf", Paper.PDF, "contract.pdf"),
        ("Vertrag für Müller (2026).PDF", Paper.PDF, "Vertrag für Müller (2026).pdf"),
        ("../../etc/passwd", Paper.PDF, "passwd.pdf"),
        (r"C:\Users\anna\scan.jpeg", Paper.JPEG, "scan.jpg"),
        ("scan.exe", Paper.PNG, "scan.exe.png"),
        ("fdp.\u202eexe.pdf", Paper.PDF, "fdp.exe.pdf"),
        ('a"; filename="b\r\nX: y.pdf', Paper.PDF, "a__ filename=_bX_ y.pdf".replace("=", "_")),
        (".htaccess", Paper.PDF, "htaccess.pdf"),
        ("....", Paper.PDF, "document.pdf"),
        ("", Paper.PNG, "document.png"),
        ("x" * 500, Paper.PDF, "x" * 80 + ".pdf"),
    ],
)
def test_a_name_leads_nowhere_and_says_what_the_file_is(name: str, paper: Paper, kept: str) -> None:
    assert plain_name(name, paper) == kept


@given(name=st.text(), paper=st.sampled_from(Paper))
def test_whatever_the_name_was_it_is_one_short_line_without_a_folder(name: str, paper: Paper) -> None:
    kept = plain_name(name, paper)
    assert 0 < len(kept) <= 90
    assert kept.isprintable()
    assert not set(kept) & set("/\\\"';:<>|*?")
    assert not kept.startswith(".")
    assert plain_name(kept, paper) == kept
