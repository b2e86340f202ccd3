"""A panel that has been read up to some day, and goes on day by day: the state behind gamma_poisson.py, and its file."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from analytics.detect.base import Detection, Floats, Params
from analytics.detect.gamma_poisson_panel import HABIT, TILED, Calendar, Panel, to_tiles
from analytics.detect.gamma_poisson_prior import BUSY, PanelPrior, first_prior

NEGLIGIBLE = 3e-4  #: weight of a phi up to which a day does without it
VERSION = 1  #: of the file


@dataclass(frozen=True)
class GammaPoissonParams(Params):
    """alpha: nominal false-alarm rate a day; warm_up: days (weeks for weekly counts) before the first verdict."""

    alpha: float = 0.001
    warm_up: int = 28

    def __post_init__(self) -> None:
        if not 0 < self.alpha < 0.5:
            raise ValueError(f"alpha = {self.alpha}: between 0 and 0.5")
        if self.warm_up < 7:
            raise ValueError(f"warm_up = {self.warm_up}: at least 7")


@dataclass
class PanelState:
    """Everything that the days up to `last` leave behind, of which there were `days`, `step` days apart.

    Reading days 1 to T at once, and reading days 1 to T - 1 and then `update` with day T, give the same verdict on day T bit for bit: the
    panel's prior is learnt anew after the same days.
    """

    params: GammaPoissonParams
    prior: PanelPrior
    panel: Panel
    step: int
    last: np.datetime64
    days: int = 0

    @classmethod
    def begin(cls, params: GammaPoissonParams, counts: Floats, exposure: Floats, days: Calendar) -> PanelState:
        """From the panel's first `warm_up` days, which are read once for the prior; `read` has to go over them again."""
        prior = first_prior(counts.astype(float), exposure, days.weekday.astype(float))
        posts = np.nansum(counts, axis=1)
        busy, order = posts > BUSY, np.argsort(posts, kind="stable")
        panel = Panel.start(busy, prior, days.step == 1, prior.phi, HABIT, order)
        panel.carry(counts, exposure, days, params.alpha, 0.0, None)
        panel.learn(prior.phi)
        if panel.seen.any():
            panel.restart(prior, days.step == 1, panel.phi, panel.habit)
        panel.exposed[:] = 0
        return cls(params, prior, panel, days.step, days.dates[0] - days.step)

    def read(self, counts: Floats, exposure: Floats, days: Calendar, out: Floats | None) -> None:
        """Go through more days; out: (3, series, days) or None, written from the first day after the warm-up on."""
        done = 0
        while done < counts.shape[1]:
            end, warming = _learns_after(self.params.warm_up, self.days), self.days < self.params.warm_up
            part = slice(done, min(done + end - self.days, counts.shape[1]))
            shown = None if warming or out is None else out[:, :, part]
            negligible = 0.0 if warming else NEGLIGIBLE  # the first weeks tell which phis there are
            self.panel.carry(counts[:, part], exposure[:, part], days.part(part), self.params.alpha, negligible, shown)
            self.days += part.stop - done
            done = part.stop
            if self.days == end:
                self.panel.learn(self.prior.phi)
        self.last = days.dates[-1]

    def update(self, counts: Floats, date: np.datetime64, exposure: Floats | None = None) -> Detection:
        """The verdict on the next day, and on to it; all arrays of the answer are (series, 1).

        counts: (series,), NaN where nothing was collected; exposure: (series,) or one number, 1 when None. Raises ValueError where `date`
        is not the next one or the counts are of other series.
        """
        day, expected = date.astype("datetime64[D]"), self.last + self.step
        if day != expected:
            raise ValueError(f"{day}: the day after {self.last} is {expected}; a day that was not collected is given as NaN")
        if np.shape(counts) != self.panel.busy.shape:
            raise ValueError(f"counts of shape {np.shape(counts)}: the panel has {len(self.panel.busy):,} series; first add the new ones")
        column, dates = np.asarray(counts)[:, None], np.array([day])
        covered = np.broadcast_to(np.asarray(1.0 if exposure is None else exposure), np.shape(counts))[:, None]
        out = np.full((3, *column.shape), np.nan)
        self.read(column, covered, Calendar.of(dates, self.step), out)
        return verdict(out, self.params.alpha)

    def add(self, series: int) -> None:
        """Add so many series after the others, of which nothing is known: they begin where the panel's prior is now.

        A series that was silent all along is no such series: its zeros say something. It is in the panel from the beginning."""
        nothing, order = np.zeros(series, bool), np.arange(series)
        fresh = Panel.start(nothing, self.prior, self.step == 1, self.panel.phi, self.panel.habit, order)
        self.panel = self.panel.beside(fresh)

    def save(self, path: Path) -> None:
        """Write all of it to a file (.npz), which `load` reads back bit for bit."""
        kept = {}
        for name in Panel.shapes(0):
            kept[f"panel_{name}"] = self.panel.untiled(name) if name in TILED else getattr(self.panel, name)
        for field in fields(PanelPrior):
            kept[f"prior_{field.name}"] = np.asarray(getattr(self.prior, field.name))
        about = {"version": VERSION, "alpha": self.params.alpha, "warm_up": self.params.warm_up, "step": self.step, "days": self.days}
        with path.open("wb") as file:
            np.savez(file, allow_pickle=False, last=self.last, **about, **kept)  # type: ignore[arg-type]

    @classmethod
    def load(cls, path: Path, params: GammaPoissonParams) -> PanelState:
        """Read what `save` wrote; raises ValueError where the file is no such file, of another version, or of other parameters."""
        try:
            with np.load(path, allow_pickle=False) as file:
                kept = dict(file)
        except (ValueError, OSError, EOFError, BadZipFile) as error:
            raise ValueError(f"{path}: not a state of the detector ({error}); fit the panel again") from None
        _check(path, kept, params)
        panel = {name: kept[f"panel_{name}"] for name in Panel.shapes(0)}
        order = np.argsort(panel["state"][:, 0, 0], kind="stable")
        panel |= {name: to_tiles(panel[name], order) for name in TILED} | {"order": order}
        prior = {field.name: kept[f"prior_{field.name}"] for field in fields(PanelPrior)}
        scalars = {name: float(value) for name, value in prior.items() if value.ndim == 0}
        last = np.datetime64(kept["last"].item(), "D")
        return cls(params, PanelPrior(**(prior | scalars)), Panel(**panel), int(kept["step"]), last, int(kept["days"]))


def _check(path: Path, kept: dict[str, np.ndarray], params: GammaPoissonParams) -> None:
    names = {"version", "alpha", "warm_up", "step", "days", "last"}
    names |= {f"panel_{name}" for name in Panel.shapes(0)} | {f"prior_{field.name}" for field in fields(PanelPrior)}
    if "version" in kept and int(kept["version"]) != VERSION:
        raise ValueError(f"{path}: version {int(kept['version'])}, this program reads {VERSION}; fit the panel again")
    if missing := names - set(kept):
        raise ValueError(f"{path}: not a state of the detector (no {min(missing)}); fit the panel again")
    for name in ("alpha", "warm_up"):
        if kept[name] != getattr(params, name):
            raise ValueError(f"{path}: {name} = {kept[name]:g}, and {getattr(params, name):g} is asked for; fit the panel again")
    n = len(kept["panel_busy"])
    for name, shape in Panel.shapes(n).items():
        if kept[f"panel_{name}"].shape != shape:
            raise ValueError(f"{path}: panel_{name} has shape {kept[f'panel_{name}'].shape}, not {shape}; fit the panel again")


def verdict(out: Floats, alpha: float) -> Detection:
    """out: (3, series, days) expected, upper bound, p-value."""
    with np.errstate(invalid="ignore"):
        return Detection(out[0], out[1], out[2], out[2] < alpha)


def _learns_after(first: int, days: int) -> int:
    """The number of days after which the panel's prior is learnt anew, when `days` were read: `first`, then each half as many again."""
    end = first
    while end <= days:
        end = max(end + 1, end * 3 // 2)
    return end
