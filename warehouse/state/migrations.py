"""The schema of state.sqlite, as the steps that lead to it; a step is never changed once it was released, only followed by another."""

from __future__ import annotations

from typing import Final

_FIRST = (
    """CREATE TABLE users (
        login TEXT PRIMARY KEY,
        password_hash TEXT NOT NULL,
        role TEXT NOT NULL CHECK (role IN ('viewer', 'analyst', 'officer', 'administrator')),
        created_at TEXT NOT NULL,
        disabled INTEGER NOT NULL DEFAULT 0
    ) STRICT""",
    """CREATE TABLE sessions (
        token_hash TEXT PRIMARY KEY,
        login TEXT NOT NULL REFERENCES users (login) ON DELETE CASCADE,
        started_at TEXT NOT NULL,
        expires_at TEXT NOT NULL
    ) STRICT""",
    "CREATE INDEX sessions_login ON sessions (login)",
    """CREATE TABLE attempts (
        id INTEGER PRIMARY KEY,
        at TEXT NOT NULL,
        login TEXT NOT NULL,
        address TEXT NOT NULL
    ) STRICT""",
    "CREATE INDEX attempts_at ON attempts (at)",
    """CREATE TABLE audit (
        id INTEGER PRIMARY KEY,
        at TEXT NOT NULL,
        who TEXT NOT NULL,
        what TEXT NOT NULL,
        detail TEXT NOT NULL
    ) STRICT""",
    "CREATE INDEX audit_at ON audit (at)",
    """CREATE TABLE requests (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        kind TEXT NOT NULL,
        payload TEXT NOT NULL,
        requested_by TEXT NOT NULL,
        requested_at TEXT NOT NULL,
        taken_at TEXT,
        takes INTEGER NOT NULL DEFAULT 0,
        finished_at TEXT,
        outcome TEXT,
        message TEXT NOT NULL DEFAULT '',
        done INTEGER NOT NULL DEFAULT 0,
        total INTEGER
    ) STRICT""",
    "CREATE INDEX requests_open ON requests (id) WHERE finished_at IS NULL",
    """CREATE TABLE mails (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        kind TEXT NOT NULL,
        period TEXT NOT NULL,
        recipient TEXT NOT NULL,
        state TEXT NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'sending', 'sent', 'failed')),
        attempts INTEGER NOT NULL DEFAULT 0,
        next_attempt_at TEXT,
        queued_at TEXT NOT NULL,
        changed_at TEXT NOT NULL,
        error TEXT NOT NULL DEFAULT '',
        UNIQUE (kind, period, recipient)
    ) STRICT""",
    """CREATE TABLE saved_queries (
        name TEXT PRIMARY KEY,
        sql TEXT NOT NULL,
        owner TEXT NOT NULL,
        saved_at TEXT NOT NULL
    ) STRICT""",
)

_TRIAGE = (
    """CREATE TABLE signal_episodes (
        episode_id TEXT PRIMARY KEY,
        topic TEXT NOT NULL,
        place_code TEXT NOT NULL,
        level TEXT NOT NULL,
        detector TEXT NOT NULL,
        first_day TEXT NOT NULL,
        last_day TEXT NOT NULL,
        opened_at TEXT NOT NULL
    ) STRICT""",
    "CREATE INDEX signal_episodes_key ON signal_episodes (topic, place_code, detector)",
    """CREATE TABLE signal_reviews (
        review_id INTEGER PRIMARY KEY AUTOINCREMENT,
        episode_id TEXT NOT NULL REFERENCES signal_episodes (episode_id),
        at TEXT NOT NULL,
        who TEXT NOT NULL,
        action TEXT NOT NULL CHECK (action IN ('verifying', 'verified', 'discarded', 'closed', 'owner', 'note', 'undo')),
        status TEXT NOT NULL CHECK (status IN ('new', 'verifying', 'verified', 'discarded', 'closed')),
        owner TEXT NOT NULL,
        reason TEXT NOT NULL,
        note TEXT NOT NULL,
        undoes INTEGER REFERENCES signal_reviews (review_id)
    ) STRICT""",
    "CREATE INDEX signal_reviews_episode ON signal_reviews (episode_id)",
    """CREATE TRIGGER signal_reviews_stay BEFORE UPDATE ON signal_reviews
        BEGIN SELECT raise(ABORT, 'steps of signals are only ever added'); END""",
    """CREATE TRIGGER signal_reviews_remain BEFORE DELETE ON signal_reviews
        BEGIN SELECT raise(ABORT, 'steps of signals are only ever added'); END""",
)

_ANNOTATIONS = (
    """CREATE TABLE annotations (
        annotation_id INTEGER PRIMARY KEY AUTOINCREMENT,
        day TEXT NOT NULL,
        text TEXT NOT NULL,
        topic TEXT NOT NULL,
        place_code TEXT NOT NULL,
        author TEXT NOT NULL,
        added_at TEXT NOT NULL,
        removed_at TEXT,
        removed_by TEXT NOT NULL DEFAULT ''
    ) STRICT""",
    "CREATE INDEX annotations_day ON annotations (day)",
)

_SWITCHES = (
    """CREATE TABLE source_switches (
        step_id INTEGER PRIMARY KEY AUTOINCREMENT,
        source TEXT NOT NULL,
        enabled INTEGER CHECK (enabled IN (0, 1)),
        before INTEGER CHECK (before IN (0, 1)),
        undo INTEGER NOT NULL CHECK (undo IN (0, 1)),
        who TEXT NOT NULL,
        at TEXT NOT NULL
    ) STRICT""",
    "CREATE INDEX source_switches_source ON source_switches (source, step_id)",
)

_TOPICS = (
    """CREATE TABLE topic_versions (
        version INTEGER PRIMARY KEY AUTOINCREMENT,
        at TEXT NOT NULL,
        who TEXT NOT NULL,
        origin TEXT NOT NULL CHECK (origin IN ('start', 'file', 'page', 'import', 'restore')),
        note TEXT NOT NULL,
        changed TEXT NOT NULL,
        digest TEXT NOT NULL,
        content BLOB NOT NULL
    ) STRICT""",
    """CREATE TRIGGER topic_versions_stay BEFORE UPDATE ON topic_versions
        BEGIN SELECT raise(ABORT, 'versions of topics are only ever added'); END""",
    """CREATE TRIGGER topic_versions_remain BEFORE DELETE ON topic_versions
        BEGIN SELECT raise(ABORT, 'versions of topics are only ever added'); END""",
    """CREATE TABLE topics_in_use (
        only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
        digest TEXT NOT NULL,
        at TEXT NOT NULL,
        trouble TEXT NOT NULL
    ) STRICT""",
)

_PEOPLE = (
    "ALTER TABLE users ADD COLUMN temporary INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE sessions ADD COLUMN address TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE sessions ADD COLUMN browser TEXT NOT NULL DEFAULT ''",
    "CREATE INDEX audit_who ON audit (who, id)",
    "CREATE INDEX audit_what ON audit (what, id)",
)

_CORRECTIONS = (
    """CREATE TABLE label_corrections (
        correction_id INTEGER PRIMARY KEY AUTOINCREMENT,
        source TEXT NOT NULL,
        native_id TEXT NOT NULL,
        day TEXT NOT NULL,
        text_hash INTEGER,
        label TEXT NOT NULL CHECK (label IN ('sentiment', 'emotion', 'intent', 'firsthand', 'topics', 'places', 'lang')),
        old TEXT NOT NULL,
        new TEXT NOT NULL,
        model_version TEXT NOT NULL,
        who TEXT NOT NULL,
        at TEXT NOT NULL,
        undoes INTEGER REFERENCES label_corrections (correction_id)
    ) STRICT""",
    "CREATE INDEX label_corrections_post ON label_corrections (source, native_id)",
    """CREATE TRIGGER label_corrections_stay BEFORE UPDATE ON label_corrections
        BEGIN SELECT raise(ABORT, 'corrections are only ever added'); END""",
    """CREATE TRIGGER label_corrections_remain BEFORE DELETE ON label_corrections
        BEGIN SELECT raise(ABORT, 'corrections are only ever added'); END""",
)

MIGRATIONS: Final = (_FIRST, _TRIAGE, _ANNOTATIONS, _SWITCHES, _TOPICS, _PEOPLE, _CORRECTIONS)
