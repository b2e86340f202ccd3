"""What people do, in state.sqlite: accounts and sessions, requests to the worker, mails, saved queries, reviews of signals,
notes on charts, switches of sources, versions of the topics, corrected labels, the audit log.

Unlike the warehouse, any number of processes write it, in short transactions. Every method opens the file anew, so a `State` may be
shared by threads and survives a fork.
"""

from __future__ import annotations

from datetime import datetime

from warehouse.state.accounts import ROLES, Account, Accounts, Role, Session
from warehouse.state.annotations import Annotation, Annotations
from warehouse.state.audit import Audit, AuditEntry
from warehouse.state.corrections import CORRECTABLE, Correction, Corrections, Labelled
from warehouse.state.file import StateFile
from warehouse.state.mails import Mail, Mails
from warehouse.state.requests import Request, Requests
from warehouse.state.reviews import NEXT, REASONS, STATUSES, Episode, Review, Reviews, Status
from warehouse.state.saved import SavedQueries, SavedQuery
from warehouse.state.switches import Switch, Switches
from warehouse.state.topics import TopicsChanged, TopicsInUse, TopicVersion, TopicVersions

__all__ = [
    "CORRECTABLE",
    "NEXT",
    "REASONS",
    "ROLES",
    "STATUSES",
    "Account",
    "Annotation",
    "AuditEntry",
    "Correction",
    "Episode",
    "Labelled",
    "Mail",
    "Request",
    "Review",
    "Role",
    "SavedQuery",
    "Session",
    "State",
    "Status",
    "Switch",
    "TopicVersion",
    "TopicsChanged",
    "TopicsInUse",
]


class State(Accounts, Annotations, Audit, Corrections, Mails, Requests, Reviews, SavedQueries, Switches, TopicVersions, StateFile):
    """The operational state of one data folder; made when missing. Raises WarehouseError when the file cannot be used."""

    def recover(self, now: datetime) -> int:
        """For the worker when it starts: give back the requests that a dead worker had taken, and give up the mails that it was in the
        middle of sending. Returns how many there were."""
        with self.writing() as con:
            return self._give_back_requests(con, now) + self._give_up_lost_mails(con, now)
