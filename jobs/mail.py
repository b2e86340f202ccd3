"""Send what is due: compose one message a recipient, hand it to the SMTP server or to a mailbox folder, once.

Each (kind, period, recipient) is a row of `mails` in state.sqlite that is claimed before anything is sent. A failure that the server
reports gives the claim back for a later try; when the connection breaks after the message was handed over, nobody can know whether
it arrived, and then it counts as sent: a report that comes twice costs more trust than one that is looked up on the dashboard.
"""

from __future__ import annotations

import hashlib
import logging
import mailbox
import os
import smtplib
import ssl
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from typing import TYPE_CHECKING, cast

from jobs.written import written_aside
from warehouse.errors import InputError, KentonganError, NothingPublished, SettingsError
from warehouse.settings import DataFolder, Mail, Settings, secret
from warehouse.state import State

if TYPE_CHECKING:
    from jobs.report import Report
    from jobs.report_facts import Kind

log = logging.getLogger("kentongan.mail")

ATTEMPTS = 8  #: tries before a report is given up; the waits double from a minute to two hours
LATE = timedelta(hours=20)  #: a daily report that is later than this is not worth sending any more
LOOPBACK = ("127.0.0.1", "localhost", "::1")
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True)
class Due:
    """A report that should be sent now; `today` is the local day on which it falls due."""

    kind: Kind
    today: date
    recipients: list[str]


class NotSent(KentonganError):
    """The server took nothing; trying again is safe."""


class PerhapsSent(KentonganError):
    """The connection broke after the message was handed over."""


def due(settings: Settings, now: datetime) -> Iterator[Due]:
    """Reports whose time of day has come, and not long past, at `now` (aware)."""
    local = now.astimezone(settings.zone)
    at = datetime.combine(local.date(), time.fromisoformat(settings.report.daily_at), settings.zone)
    if not at <= local < at + LATE:
        return
    if settings.report.daily_to:
        yield Due("daily", local.date(), settings.report.daily_to)
    if settings.report.weekly_to and WEEKDAYS[local.weekday()] == settings.report.weekly_on:
        yield Due("weekly", local.date(), settings.report.weekly_to)


def send_due(folder: DataFolder, settings: Settings, now: datetime) -> int:
    """Queue what is due and send what is queued; returns how many mails were sent. Trouble is logged and tried again later."""
    state = State(folder)
    for report in due(settings, now):
        queue(state, report.kind, report.today, report.recipients, now)
    return send_queued(state, folder, settings, now)


def queue(state: State, kind: Kind, today: date, recipients: list[str], now: datetime) -> int:
    """Put a report into the outbox for everybody who has not had it; returns for how many. `today` is the day it falls due."""
    return sum(state.queue_mail(kind, today.isoformat(), recipient, now) for recipient in recipients)


def send_queued(state: State, folder: DataFolder, settings: Settings, now: datetime) -> int:
    """Send every mail of the outbox that is due; each report is made once for all its recipients."""
    reports: dict[tuple[str, str], Report] = {}
    sent = 0
    while (mail := state.claim_mail(now)) is not None:
        try:
            report = reports.get((mail.kind, mail.period))
            if report is None:
                report = build(folder, settings, cast("Kind", mail.kind), date.fromisoformat(mail.period))
                reports[mail.kind, mail.period] = report
            deliver(compose(report, settings, mail.recipient, now), folder, settings.mail)
        except PerhapsSent as error:
            log.warning("%s report to %s: %s; it is not sent again", mail.kind, mail.recipient, error)
            state.mail_sent(mail.id, now)
        except (NotSent, NothingPublished, SettingsError) as error:
            log.warning("%s report to %s not sent (try %d): %s", mail.kind, mail.recipient, mail.attempts, error)
            state.mail_failed(mail.id, str(error), next_try(mail.attempts, now), now)
        else:
            state.mail_sent(mail.id, now)
            sent += 1
    return sent


def build(folder: DataFolder, settings: Settings, kind: Kind, today: date) -> Report:
    """The report, by jobs/report.py, which draws with matplotlib: a worker loads it when the first report is due."""
    from jobs.report import build as build_report

    return build_report(folder, settings, kind, today)


def next_try(attempts: int, now: datetime) -> datetime | None:
    """When to try again after so many attempts: 1, 2, 4 ... 120 minutes; None when it is given up."""
    return now + timedelta(minutes=min(2 ** (attempts - 1), 120)) if attempts < ATTEMPTS else None


def compose(report: Report, settings: Settings, recipient: str, now: datetime) -> EmailMessage:
    """The message: plain text, HTML with its charts inline, the PDF attached. Raises SettingsError for an address that is none."""
    message = EmailMessage()
    message["Subject"] = report.subject
    message["From"] = check_address("mail.sender", settings.mail.sender)
    message["To"] = check_address("report recipient", recipient)
    message["Date"] = format_datetime(now)
    # The same report to the same person has the same id, so that mail programs drop a second copy.
    domain = settings.mail.sender.rpartition("@")[2]
    message["Message-ID"] = f"<{report.kind}.{report.last.isoformat()}.{_digest(recipient)}@{domain}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office answers, please
    message["Content-Language"] = report.language
    message.set_content(report.text)
    message.add_alternative(report.html, subtype="html")
    html = message.get_payload()[1]  # type: ignore[index]
    for name, image in report.images.items():
        html.add_related(image, "image", "png", cid=f"<{name}>", filename=f"{name}.png", disposition="inline")  # type: ignore[union-attr]
    message.add_attachment(report.pdf, maintype="application", subtype="pdf", filename=report.file_name)
    return message


def check_address(what: str, text: str) -> Address:
    """The address that a text is; raises SettingsError naming where it stands."""
    try:
        return Address(addr_spec=text)
    except (ValueError, IndexError) as error:
        raise SettingsError(f"{what} = {text!r}: not an e-mail address ({error})") from None


def _digest(text: str) -> str:
    return hashlib.sha256(text.lower().encode()).hexdigest()[:16]


def deliver(message: EmailMessage, folder: DataFolder, mail: Mail) -> None:
    """Hand a message to the SMTP server, or to the mailbox folder when there is none. Raises NotSent, PerhapsSent or SettingsError."""
    if not mail.host:
        box = mail.folder or folder.mail
        box.parent.mkdir(parents=True, exist_ok=True)
        mailbox.Maildir(box, create=True).add(message.as_bytes())
        return
    if mail.security == "none" and mail.host not in LOOPBACK:
        raise SettingsError(f'[mail] security = "none": {mail.host} is another machine; use "starttls" or "tls"')
    _smtp(message, mail)


def _smtp(message: EmailMessage, mail: Mail) -> None:
    context = ssl.create_default_context(cafile=str(mail.ca_file) if mail.ca_file else None)
    try:
        if mail.security == "tls":
            server: smtplib.SMTP = smtplib.SMTP_SSL(mail.host, mail.port, timeout=30, context=context)
        else:
            server = smtplib.SMTP(mail.host, mail.port, timeout=30)
        with server:
            if mail.security == "starttls":
                server.starttls(context=context)
            if mail.user:
                server.login(mail.user, secret(mail.password_env, mail.password_file))
            _hand_over(server, message)
    except (smtplib.SMTPException, OSError) as error:
        raise NotSent(f"{mail.host}:{mail.port}: {_reason(error)}") from None


def _hand_over(server: smtplib.SMTP, message: EmailMessage) -> None:
    try:
        server.send_message(message)
    except (smtplib.SMTPServerDisconnected, TimeoutError, ConnectionError) as error:
        raise PerhapsSent(f"the connection broke while the message was handed over: {_reason(error)}") from None


def _reason(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPRecipientsRefused):  # each mail has one
        return ", ".join(_answer(*answer) for answer in error.recipients.values())
    if isinstance(error, smtplib.SMTPResponseException):
        return _answer(error.smtp_code, error.smtp_error)
    return os.strerror(error.errno) if isinstance(error, OSError) and error.errno else str(error) or type(error).__name__


def _answer(code: int, text: bytes | str) -> str:
    return f"{code} {text.decode('utf-8', 'replace') if isinstance(text, bytes) else text}"


def write_report(report: Report, path: Path, settings: Settings, now: datetime) -> None:
    """Write one form of a report, by the file's name: pdf, html (its charts inside), txt or eml (the whole message)."""
    forms = {
        ".pdf": lambda: report.pdf,
        ".txt": lambda: report.text.encode(),
        ".html": lambda: _self_contained(report).encode(),
        ".eml": lambda: compose(report, settings, settings.mail.sender, now).as_bytes(),
    }
    if path.suffix.lower() not in forms:
        raise InputError(f"{path}: not a form of a report; name it *.pdf, *.html, *.txt or *.eml")
    with written_aside(path) as aside:
        aside.write_bytes(forms[path.suffix.lower()]())


def _self_contained(report: Report) -> str:
    html = report.html
    for name, image in report.images.items():
        html = html.replace(f"cid:{name}", f"data:image/png;base64,{b64encode(image).decode()}")
    return html
