"""JSON that is nested deeper than any reader can bear is refused in one line, whoever reads it."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from running import Run

from ingest.files.jsons import DEEPEST, too_deep

POST = '{"id": "1", "text": "demam", "created_at": "2026-03-01"'


def nested(levels: int) -> str:
    return f'{POST}, "x": {"[" * levels}{"]" * levels}}}\n'


@pytest.mark.parametrize(
    "written", [nested(100_000), f'{POST}, "x": {"[" * 100_000}', POST + ', "x": {"y"' * 100_000, f"[{nested(100_000)}]"]
)
@pytest.mark.parametrize("name", ["posts.jsonl", "posts.jsonl.gz"])
def test_json_nested_too_deep_is_one_line(kentongan: Run, tmp_path: Path, written: str, name: str) -> None:
    (tmp_path / name).write_bytes(gzip.compress(written.encode()) if name.endswith(".gz") else written.encode())
    for command in (["import", name, "--dry-run"], ["enrich", "--input", name, "--output", "labels.jsonl"]):
        done = kentongan(*command)
        assert done.returncode == 2
        assert done.stderr.endswith(f"kentongan: {name}: JSON nested more than {DEEPEST} levels deep; not a file of posts\n")
    assert not (tmp_path / "labels.jsonl").exists()


@pytest.mark.parametrize("form", ["{}", "[{}]"])
def test_a_post_nested_too_deep_among_others_is_listed(kentongan: Run, tmp_path: Path, form: str) -> None:
    between = "\n" if form == "{}" else ","
    (tmp_path / "posts.jsonl").write_text(form.replace("{}", between.join([f"{POST}}}", nested(DEEPEST).strip(), f"{POST}}}"])))
    done = kentongan("import", "posts.jsonl", "--dry-run")
    assert f"JSON nested more than {DEEPEST} levels deep: '" in done.stderr
    assert "1 rejected" in done.stderr


def test_a_post_with_many_levels_is_labelled(kentongan: Run, tmp_path: Path) -> None:
    (tmp_path / "posts.jsonl").write_text(nested(200))
    done = kentongan("enrich", "--input", "posts.jsonl", "--output", "labels.jsonl")
    assert done.returncode == 0, done.stderr
    assert json.loads((tmp_path / "labels.jsonl").read_text())["id"] is not None


@given(st.lists(st.sampled_from(['"[[\\""', '"\\\\"', '"', "\\", "[", "]", "x"]), max_size=12), st.integers(1, 5))
def test_brackets_in_texts_are_no_levels_however_the_text_is_cut(pieces: list[str], size: int) -> None:
    text = "".join(pieces).encode() + b"[" * DEEPEST
    parts = [text[at : at + size] for at in range(0, len(text), size)]
    depth, deepest, inside, escaped = 0, 0, False, False
    for sign in text.decode():
        escaped, was = sign == "\\" and not escaped, escaped
        inside ^= sign == '"' and not was
        depth = depth if inside or was else depth + 1 if sign == "[" else max(0, depth - 1) if sign == "]" else depth
        deepest = max(deepest, depth)
    assert too_deep(parts) == (deepest > DEEPEST)
