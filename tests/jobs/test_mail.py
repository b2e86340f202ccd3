from __future__ import annotations

import mailbox
import smtplib
import socket
import ssl
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from jobs import mail
from jobs.report import Report
from warehouse.errors import SettingsError
from warehouse.settings import DataFolder, Settings
from warehouse.state import State

NOW = datetime(2026, 3, 3, 0, 0, tzinfo=UTC)  # a Tuesday, 07:00 in Jakarta
PNG = b"\x89PNG\r\n\x1a\n"


def report(kind: str = "daily", subject: str = "Laporan harian: 2 sinyal") -> Report:
    html = '<p>Demam berdarah</p><img src="cid:volume">'
    return Report(kind, date(2026, 3, 2), date(2026, 3, 2), "id", subject, html, "Demam berdarah", {"volume": PNG}, b"%PDF-1.7")  # type: ignore[arg-type]


class Inbox:
    """What an SMTP server received; it refuses the first `refusals` messages with 451, and hangs up after DATA when told to."""

    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []
        self.refusals = 0
        self.hang_up = False

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.refusals:
            self.refusals -= 1
            return "451 try again later"
        assert isinstance(envelope.content, bytes)
        self.messages.append(message_from_bytes(envelope.content, policy=policy.default))  # type: ignore[arg-type]
        if self.hang_up:
            server.transport.close()  # type: ignore[union-attr]
        return "250 OK"


def certificate(folder: Path) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    start = datetime.now(UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start - timedelta(days=1))
        .not_valid_after(start + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    cert, private = folder / "cert.pem", folder / "key.pem"
    cert.write_bytes(built.public_bytes(serialization.Encoding.PEM))
    form = serialization.PrivateFormat.PKCS8
    private.write_bytes(key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()))
    return cert, private


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def check_login(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
    good = isinstance(data, LoginPassword) and data == LoginPassword(b"dinkes", b"rahasia")
    return AuthResult(success=good, handled=False)


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
def server(inbox: Inbox, tmp_path: Path) -> Iterator[dict[str, Any]]:
    """A real SMTP server with STARTTLS and log-in; gives the [mail] table that reaches it."""
    cert, key = certificate(tmp_path)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(cert, key)
    controller = Controller(
        inbox,
        hostname="127.0.0.1",
        port=free_port(),
        tls_context=context,
        require_starttls=True,
        authenticator=check_login,
        auth_required=True,
    )
    controller.start()
    password = tmp_path / "password"
    password.write_text("rahasia\n", "utf-8")
    password.chmod(0o600)
    port = controller.port
    yield {
        "host": "localhost",
        "port": port,
        "user": "dinkes",
        "password_file": password,
        "ca_file": cert,
        "sender": "kentongan@dinkes.test",
    }
    controller.stop()


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    return DataFolder(tmp_path / "data").create()


@pytest.fixture(autouse=True)
def made(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Reports are made without a warehouse here; tests/jobs/test_report.py makes real ones. Gives what was made."""
    kinds: list[str] = []

    def build(folder: DataFolder, settings: Settings, kind: str, today: date) -> Report:
        kinds.append(kind)
        return report(kind)

    monkeypatch.setattr(mail, "build", build)
    return kinds


def settings(mail_table: dict[str, Any], **reports: Any) -> Settings:
    return Settings(mail=mail_table, report={"daily_to": ["kepala@dinkes.test"]} | reports)  # type: ignore[arg-type]


def test_a_report_arrives_once_through_starttls_and_login(server: dict[str, Any], inbox: Inbox, folder: DataFolder) -> None:
    chosen = settings(server)
    assert mail.send_due(folder, chosen, NOW) == 1
    assert mail.send_due(folder, chosen, NOW + timedelta(minutes=1)) == 0
    (message,) = inbox.messages
    assert message["To"] == "kepala@dinkes.test"
    assert message["Subject"] == "Laporan harian: 2 sinyal"
    kinds = [part.get_content_type() for part in message.walk() if not part.is_multipart()]
    assert kinds == ["text/plain", "text/html", "image/png", "application/pdf"]
    assert message.get_body(("plain",)).get_content().strip() == "Demam berdarah"  # type: ignore[union-attr]
    image = next(part for part in message.walk() if part.get_content_type() == "image/png")
    assert image["Content-ID"] == "<volume>"


def test_a_refused_report_is_tried_again_and_arrives_once(server: dict[str, Any], inbox: Inbox, folder: DataFolder) -> None:
    chosen = settings(server)
    inbox.refusals = 2
    sent = [mail.send_due(folder, chosen, NOW + timedelta(minutes=minute)) for minute in range(6)]
    assert sent == [0, 0, 0, 1, 0, 0]  # after 1 minute, then after 2 more
    assert len(inbox.messages) == 1


def test_a_connection_that_breaks_after_the_message_never_sends_it_twice(server: dict[str, Any], inbox: Inbox, folder: DataFolder) -> None:
    inbox.hang_up = True
    chosen = settings(server)
    for hour in range(10):
        mail.send_due(folder, chosen, NOW + timedelta(hours=hour))
    assert len(inbox.messages) == 1


def test_a_worker_that_died_while_sending_does_not_send_again(server: dict[str, Any], inbox: Inbox, folder: DataFolder) -> None:
    state = State(folder)
    mail.queue(state, "daily", date(2026, 3, 3), ["kepala@dinkes.test"], NOW)
    assert state.claim_mail(NOW) is not None  # and then the process is killed
    state.recover(NOW + timedelta(minutes=1))
    assert mail.send_due(folder, settings(server), NOW + timedelta(minutes=2)) == 0
    assert inbox.messages == []


def test_a_wrong_password_is_told_without_the_password(
    server: dict[str, Any], folder: DataFolder, caplog: pytest.LogCaptureFixture
) -> None:
    server["password_file"].write_text("salah-sekali", "utf-8")
    assert mail.send_due(folder, settings(server), NOW) == 0
    assert "535" in caplog.text
    assert "salah-sekali" not in caplog.text


def test_a_server_that_is_down_is_tried_with_growing_patience_and_then_given_up(folder: DataFolder) -> None:
    chosen = settings({"host": "127.0.0.1", "port": 9, "security": "none"})
    waits = [mail.next_try(attempt, NOW) for attempt in range(1, mail.ATTEMPTS + 1)]
    assert [round((wait - NOW).total_seconds() / 60) for wait in waits if wait] == [1, 2, 4, 8, 16, 32, 64]
    assert waits[-1] is None
    assert mail.send_due(folder, chosen, NOW) == 0
    assert State(folder).mails()[0].state == "failed"


def test_an_unencrypted_server_elsewhere_is_refused(folder: DataFolder) -> None:
    with pytest.raises(SettingsError, match="another machine"):
        mail.deliver(EmailMessage(), folder, settings({"host": "mail.example", "security": "none"}).mail)


def test_without_a_server_reports_lie_in_a_mailbox_folder(folder: DataFolder, made: list[str]) -> None:
    chosen = settings({}, daily_to=["a@dinkes.test", "b@dinkes.test"])
    assert mail.send_due(folder, chosen, NOW) == 2
    box = mailbox.Maildir(folder.mail)
    assert sorted(str(message["To"]) for message in box) == ["a@dinkes.test", "b@dinkes.test"]
    assert made == ["daily"]  # made once for both


@pytest.mark.parametrize(
    ("hour", "day", "kinds"),
    [
        (23, 1, []),  # 06:00 in Jakarta on Monday: too early
        (0, 2, ["daily", "weekly"]),  # 07:00 on Monday
        (0, 3, ["daily"]),
        (23, 3, []),  # 06:00 on Wednesday: too late for Tuesday, too early for Wednesday
    ],
)
def test_reports_fall_due_at_their_hour_of_the_zone(hour: int, day: int, kinds: list[str]) -> None:
    chosen = settings({}, weekly_to=["kepala@dinkes.test"])
    assert [found.kind for found in mail.due(chosen, datetime(2026, 3, day, hour, tzinfo=UTC))] == kinds


@pytest.mark.parametrize("address", ["bukan alamat", "a@b\r\nBcc: semua@dinkes.test", ""])
def test_an_address_that_is_none_is_told(address: str) -> None:
    with pytest.raises(SettingsError, match="not an e-mail address"):
        mail.compose(report(), settings({}), address, NOW)


def test_a_hostile_subject_stays_one_header() -> None:
    composed = mail.compose(report(subject="Laporan <b>2</b> =?utf-8?q?x?="), settings({}), "kepala@dinkes.test", NOW)
    assert "Bcc" not in composed
    assert composed.keys().count("Subject") == 1


def test_a_refused_recipient_is_told_as_the_server_said_it() -> None:
    refused = smtplib.SMTPRecipientsRefused({"siti@dinkes.test": (550, b"5.1.1 no such person")})
    assert mail._reason(refused) == "550 5.1.1 no such person"
