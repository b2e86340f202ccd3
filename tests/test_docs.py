"""Documents that are made from the code are up to date, and what documents name exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tools.write_docs import DOCS, PAGES

ROOT = DOCS.parent
MARKDOWN = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])


@pytest.mark.parametrize("name", PAGES)
def test_a_page_made_from_code_is_up_to_date(name: str) -> None:
    assert (DOCS / name).read_text("utf-8") == PAGES[name](), "run: make docs"


@pytest.mark.parametrize("page", MARKDOWN, ids=lambda page: str(page.relative_to(ROOT)))
def test_local_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text("utf-8")):
        if not re.match(r"[a-z]+:", target):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_every_make_target_that_a_document_names_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    for page in MARKDOWN:
        for target in re.findall(r"`make ([a-z-]+)", page.read_text("utf-8")):
            assert target in targets, f"{page.name} names `make {target}`"


def test_the_lock_files_name_no_index_and_carry_hashes() -> None:
    for lock in ROOT.glob("requirements*.lock"):
        text = lock.read_text("utf-8")
        assert "://" not in text
        assert not re.search(r"^--", text, re.MULTILINE)
        assert text.count("--hash=sha256:") >= len(re.findall(r"^\S+==", text, re.MULTILINE))
