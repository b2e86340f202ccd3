"""Where an instance keeps its files."""

from __future__ import annotations

from pathlib import Path

from warehouse.errors import SettingsError


class DataFolder:
    """Where one instance keeps its files; two instances have two folders and never meet."""

    def __init__(self, root: Path) -> None:
        self.root = root.absolute()

    def create(self) -> DataFolder:
        """Make the folder, readable by its owner alone. Raises SettingsError when it cannot be."""
        try:
            self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            reason = "a file, not a folder" if self.root.is_file() else f"cannot be made: {error.strerror}"
            raise SettingsError(f"{self.root}: {reason}; choose another folder with --data") from None
        return self

    @property
    def warehouse(self) -> Path:
        return self.root / "warehouse.duckdb"

    @property
    def lock(self) -> Path:
        return self.root / "worker.lock"

    @property
    def state(self) -> Path:
        return self.root / "state.sqlite"

    @property
    def author_key(self) -> Path:
        return self.root / "author.key"

    @property
    def session_key(self) -> Path:
        return self.root / "session.key"

    @property
    def published(self) -> Path:
        return self.root / "published"

    @property
    def catalog(self) -> Path:
        return self.published / "analytics.duckdb"

    @property
    def topics(self) -> Path:
        """One's own topics, where enrich.topics_file names no other file; it may be missing."""
        return self.root / "topics.toml"

    @property
    def mail(self) -> Path:
        return self.root / "mail"

    @property
    def boundaries(self) -> Path:
        """Boundaries of places that were imported for the map."""
        return self.root / "boundaries"

    @property
    def truth(self) -> Path:
        """The demo's known outbreaks, hoax wave, campaign and gap."""
        return self.root / "truth.json"
