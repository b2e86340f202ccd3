"""What every importer owes, tried on all of them with the file of each, and with what becomes of it in bad hands."""

from __future__ import annotations

import gzip
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from import_samples import NOW, SAMPLES, Sample

from ingest.files import Importer, ImportOptions, Rejected, importers, read, recognise
from ingest.files.packed import Packed
from ingest.files.sample import take
from warehouse.errors import InputError
from warehouse.records import RAW_SCHEMA, Post, to_arrow

each_sample = pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.file)
hostile = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def rows(path: Path, **options: Any) -> list[Post | Rejected]:
    return list(read(path, source="berkas", now=NOW, note=lambda _: None, **options))


def survived(path: Path, form: str | None = None) -> list[Post | Rejected]:
    """What is read of a file that was tampered with; nothing, where it is refused in one line that names it."""
    message, found = "", []
    try:
        found = rows(path, options=ImportOptions(format=form))
    except InputError as error:
        message = str(error)
    assert not message or (str(path) in message and "\n" not in message)
    assert all("\n" not in row.reason for row in found if isinstance(row, Rejected))
    to_arrow([row for row in found if isinstance(row, Post)], NOW)
    return found


def test_every_importer_has_a_sample() -> None:
    assert {sample.name for sample in SAMPLES} == set(importers())


@each_sample
def test_a_file_is_recognised_as_what_it_is(sample: Sample, tmp_path: Path) -> None:
    importer = recognise(sample.write(tmp_path))
    assert importer.name == sample.name
    assert isinstance(importer, Importer)
    assert importer.title
    assert importer.expected


@each_sample
def test_no_other_tool_claims_it(sample: Sample, tmp_path: Path) -> None:
    seen = take(Packed(sample.write(tmp_path)), None)
    claims = {name for name, importer in importers().items() if importer.sniff(seen) >= 0.5}
    assert claims <= {sample.name}


@each_sample
def test_good_rows_become_posts_and_bad_ones_are_listed_with_their_line(sample: Sample, tmp_path: Path) -> None:
    found = rows(sample.write(tmp_path))
    posts = [row for row in found if isinstance(row, Post)]
    rejected = [row for row in found if isinstance(row, Rejected)]
    assert len(posts) == sample.posts
    assert tuple(row.line for row in rejected) == sample.rejected
    assert all(row.reason and "\n" not in row.reason + row.value and len(row.value) <= 200 for row in rejected)
    assert len({post.native_id for post in posts}) == len(posts)
    assert to_arrow(posts, NOW).schema == RAW_SCHEMA
    for post in posts:
        assert (post.source, post.query) == ("berkas", sample.file)
        assert post.created_at.utcoffset() == timedelta(0)
        assert post.text.strip() == post.text != ""
        assert post.url == "" or post.url.startswith("https://")


@each_sample
def test_reading_twice_gives_the_same_posts(sample: Sample, tmp_path: Path) -> None:
    path = sample.write(tmp_path)
    assert rows(path) == rows(path)


@each_sample
def test_a_file_cut_short_gives_what_is_left_and_never_a_traceback(sample: Sample, tmp_path: Path) -> None:
    content = sample.content()
    whole = {row.native_id for row in rows(sample.write(tmp_path)) if isinstance(row, Post)}
    for share in (0.25, 0.5, 0.75, 0.9):
        path = tmp_path / sample.file
        path.write_bytes(content[: int(len(content) * share)])
        assert sum(isinstance(row, Post) for row in survived(path)) <= len(whole)


@each_sample
@hostile
@given(data=st.data())
def test_a_file_with_flipped_bytes_is_read_or_refused(sample: Sample, data: st.DataObject, tmp_path: Path) -> None:
    content = bytearray(sample.content())
    spots = st.tuples(st.integers(0, len(content) - 1), st.integers(0, 255))
    for spot, value in data.draw(st.lists(spots, min_size=1, max_size=12)):
        content[spot] = value
    path = tmp_path / sample.file
    path.write_bytes(content)
    survived(path)


@each_sample
@hostile
@given(
    junk=st.one_of(st.binary(min_size=1, max_size=400), st.text(min_size=1, max_size=200).map(lambda text: text.encode("utf-8", "replace")))
)
def test_a_file_with_junk_in_the_middle_is_read_or_refused(sample: Sample, junk: bytes, tmp_path: Path) -> None:
    content = sample.content()
    path = tmp_path / sample.file
    path.write_bytes(content[: len(content) // 2] + junk + content[len(content) // 2 :])
    survived(path)


@hostile
@given(junk=st.binary(min_size=1, max_size=2_000))
@example(junk=b"PAR1 and no Parquet file PAR1")
@pytest.mark.parametrize("name", [None, *importers()])
def test_random_bytes_are_read_or_refused_whatever_they_are_called(name: str | None, junk: bytes, tmp_path: Path) -> None:
    path = tmp_path / "posts.csv"
    path.write_bytes(junk)
    survived(path, form=name)


@pytest.mark.parametrize("sample", [one for one in SAMPLES if not one.make and b"DBD" in one.content()], ids=lambda sample: sample.file)
def test_a_text_of_five_million_characters_is_rejected_by_its_line_and_the_rest_is_read(sample: Sample, tmp_path: Path) -> None:
    path = tmp_path / sample.file
    path.write_bytes(sample.content().replace(b"DBD", b"DBD" + b"x" * 5_000_000, 1))
    found = rows(path)
    assert any(isinstance(row, Rejected) and "characters" in row.reason for row in found)
    assert sum(isinstance(row, Post) for row in found) >= sample.posts - 1


@each_sample
def test_packed_files_are_read_whatever_they_are_called(sample: Sample, tmp_path: Path) -> None:
    plain = sample.write(tmp_path)
    packed = tmp_path / "packed" / sample.file
    packed.parent.mkdir()
    packed.write_bytes(gzip.compress(sample.content()))
    if sample.file.endswith((".xlsx", ".parquet")):
        with pytest.raises(InputError, match="unpack it first"):
            rows(packed)
    else:
        assert rows(packed) == rows(plain)


@each_sample
def test_progress_ends_at_the_size_of_the_file(sample: Sample, tmp_path: Path) -> None:
    path = sample.write(tmp_path)
    told: list[tuple[int, int]] = []
    rows(path, progress=lambda done, total: told.append((done, total)))
    assert told[-1] == (path.stat().st_size, path.stat().st_size)


def test_an_importer_of_a_stranger_is_found_by_its_entry_point(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    class Dashes:
        name, title, expected = "dashes", "Lines of dashes", "lines that begin with ---"

        def sniff(self, sample: Any) -> float:
            return 1.0 if sample.text.startswith("---") else 0.0

        def read(self, file: Packed, context: Any) -> Any:
            yield Rejected(1, "only dashes", "---")

    class Point:
        name = "dashes"

        def load(self) -> type[Dashes]:
            return Dashes

    monkeypatch.setattr("ingest.files.registry.entry_points", lambda group: [Point()] if group == "kentongan.importers" else [])
    importers.cache_clear()  # type: ignore[attr-defined]
    try:
        path = tmp_path / "a.txt"
        path.write_text("---\n")
        assert rows(path) == [Rejected(1, "only dashes", "---")]
    finally:
        importers.cache_clear()  # type: ignore[attr-defined]
