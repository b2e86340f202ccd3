"""Files as they come: packed, badly encoded, oddly ended, too large."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from import_samples import NOW

from ingest.files import ImportOptions, Rejected, read
from ingest.files import packed as packing
from warehouse.errors import InputError
from warehouse.records import Post

CSV = "id,text,created_at\n1,DBD naik – hati-hati “ya”,2026-05-01\n2,campak,2026-05-02\n"


#: Reads a file in a process of its own and prints how many rows there were and by how many kB its memory grew.
_MEASURE = """
import resource, sys
from datetime import UTC, datetime
from pathlib import Path
from ingest.files import read
rows = read(Path(sys.argv[1]), source="s", now=datetime(2026, 6, 1, tzinfo=UTC))
next(rows)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(1 + sum(1 for _ in rows), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


def posts(path: Path, options: ImportOptions | None = None) -> list[Post | Rejected]:
    return list(read(path, source="s", now=NOW, options=options or ImportOptions(), note=lambda _: None))


def zipped(*members: tuple[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return out.getvalue()


@pytest.mark.parametrize(
    "pack",
    [
        gzip.compress, bz2.compress, lzma.compress, lambda data: zipped(("posts.csv", data)),
        lambda data: zipped(("WhatsApp/posts.csv", data), ("WhatsApp/IMG-1.jpg", b"x"), ("__MACOSX/posts.csv", b"y"), (".DS_Store", b"")),
    ],
)  # fmt: skip
def test_a_packed_file_is_unpacked_on_the_way_whatever_its_name(pack, tmp_path: Path) -> None:
    path = tmp_path / "posts.dat"
    path.write_bytes(pack(CSV.encode()))
    assert [row.native_id for row in posts(path) if isinstance(row, Post)] == ["1", "2"]


def test_a_zip_of_many_tables_and_a_locked_zip_are_refused_in_one_line(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(zipped(("a.csv", b"text\nx\n"), ("b.csv", b"text\ny\n")))
    with pytest.raises(InputError, match="a zip with 2 files; unpack it"):
        posts(path)
    content = bytearray(zipped(("a.csv", b"text\nx\n")))
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(content)
    with pytest.raises(InputError, match="locked with a password"):
        posts(path)


@pytest.mark.parametrize("pack", [gzip.compress, lambda data: zipped(("a.csv", data))])
def test_a_bomb_is_stopped(pack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packing, "FREE", 1_000_000)
    path = tmp_path / "bomb"
    path.write_bytes(pack(b"text\n" + (b"0" * 9_999 + b"\n") * 4_000))
    found = posts(path)
    assert 0 < len(found) < 3_900
    assert isinstance(found[-1], Rejected)
    assert "more than 200 times its size" in found[-1].reason


def test_a_packed_file_that_breaks_off_gives_what_was_read_and_lists_the_break(tmp_path: Path) -> None:
    content = "text,created_at\n" + "".join(f"post {number * 7919 % 10007},2026-05-01\n" for number in range(60_000))
    path = tmp_path / "half.csv.gz"
    path.write_bytes(gzip.compress(content.encode())[:-100_000])
    found = posts(path)
    assert len(found) > 10_000
    assert isinstance(found[-1], Rejected)
    assert "broken gzip file" in found[-1].reason


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_encoding_and_line_ends_are_recognised(encoding: str, end: str, tmp_path: Path) -> None:
    path = tmp_path / "posts.csv"
    path.write_bytes(CSV.replace("\n", end).encode(encoding))
    assert [row.text for row in posts(path) if isinstance(row, Post)] == ["DBD naik – hati-hati “ya”", "campak"]


def test_bytes_of_two_encodings_in_one_file_are_both_read(tmp_path: Path) -> None:
    path = tmp_path / "posts.csv"
    path.write_bytes("text,created_at\nsakit – utf8,2026-05-01\n".encode() + "sakit – windows,2026-05-01\n".encode("cp1252"))
    assert [row.text for row in posts(path) if isinstance(row, Post)] == ["sakit – utf8", "sakit – windows"]


def test_an_encoding_can_be_said_and_a_wrong_one_is_named(tmp_path: Path) -> None:
    path = tmp_path / "posts.csv"
    path.write_bytes("text\nпривет\n".encode("cp1251"))
    assert [row.text for row in posts(path, ImportOptions(encoding="cp1251")) if isinstance(row, Post)] == ["привет"]
    with pytest.raises(InputError, match="--encoding 'utf-9': not an encoding"):
        posts(path, ImportOptions(encoding="utf-9"))


def test_zero_bytes_are_left_out(tmp_path: Path) -> None:
    path = tmp_path / "posts.csv"
    path.write_bytes(b"text,created_at\n" + b"DB\x00D naik,2026-05-01\n" * 3)
    assert {row.text for row in posts(path) if isinstance(row, Post)} == {"DBD naik"}


@pytest.mark.parametrize(
    "content", [b"", b"\x00" * 50, b"hanya satu kalimat biasa.", b"\x89PNG\r\n\x1a\n" + bytes(range(256)), b"%PDF-1.7\n%x\n"]
)
def test_what_holds_no_posts_is_refused_in_one_line_that_says_what_was_expected(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "file.bin"
    path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        posts(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.csv: no such file"):
        posts(tmp_path / "none.csv")
    with pytest.raises(InputError, match="cannot be read"):
        posts(tmp_path)


def test_memory_stays_flat_on_a_large_file(tmp_path: Path) -> None:
    path = tmp_path / "large.csv.gz"
    row = "kata " * 400
    with gzip.open(path, "wt", compresslevel=1) as file:
        file.write("id,text,created_at\n")
        for number in range(20_000):
            file.write(f"{number},{row}{number},2026-05-01\n")
    done = subprocess.run([sys.executable, "-c", _MEASURE, str(path)], capture_output=True, text=True, check=True)
    rows, grown = (int(number) for number in done.stdout.split())
    assert rows == 20_000
    assert grown < 20_000  # kB; the text is 40 MB
