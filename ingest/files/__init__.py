"""Files of posts: which format one is, and the posts in it. docs/import.md lists the formats."""

from ingest.files.base import Importer, ImportOptions, Rejected
from ingest.files.registry import importers, read, recognise

__all__ = ["ImportOptions", "Importer", "Rejected", "importers", "read", "recognise"]
