"""`kentongan evaluate detectors`: the default detector against the field's methods on series whose truth is known, as a page."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from time import process_time

import pandas as pd
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from analytics.detect.comparison import DAILY, WEEKLY, calibrate, cells, compare
from analytics.detect.gamma_poisson_state import GammaPoissonParams
from analytics.detect.rises import GREATEST, JUDGED, RISE, beside, levels
from analytics.detect.scenarios import daily, weekly
from analytics.evaluation.base import markdown_table
from jobs.progress import Progress, no_progress
from jobs.written import written_aside
from warehouse.errors import InputError

ALPHA, SEED = 0.01, 2013
#: Okabe and Ito 2008, Color Universal Design
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#777777", "#000000")
MARKERS = "osD^vP*X"


@dataclass(frozen=True)
class Effort:
    """How much is simulated. null: series a cell of the calibration table; beside: series a level of the table of days and weeks;
    weekly, daily: series a scenario."""

    null: int
    beside: int
    weekly: int
    daily: int


THOROUGH, QUICK = Effort(5_000, 5_000, 100, 30), Effort(300, 300, 4, 2)


def evaluate_detectors(target: Path, effort: Effort, progress: Progress = no_progress) -> None:
    """Simulate, and write the page `target` (Markdown) and, beside it in images/, its plots. The same seed gives the same figures."""
    if not target.absolute().parent.is_dir():
        raise InputError(f"{target}: the folder {target.absolute().parent} does not exist")
    started = process_time()
    progress(0, None, "calibration")
    null = calibrate(cells(), SEED, effort.null, 7, ALPHA)
    both = beside(levels(), SEED, effort.beside, GammaPoissonParams.alpha)
    done = iter(range(1, 10_000))
    of_weeks = compare(weekly(SEED, effort.weekly), WEEKLY, SEED, told=lambda name: progress(next(done), None, name))
    after = compare(weekly(SEED + 1, effort.weekly, past=5.0), WEEKLY, SEED, told=lambda name: progress(next(done), None, name))
    of_days = compare(daily(SEED, effort.daily), DAILY, SEED, told=lambda name: progress(next(done), None, name))
    images = target.parent / "images"
    tables = {"weekly": of_weeks, "weekly-after-outbreaks": after, "daily": of_days}
    images.mkdir(exist_ok=True)
    for name, table in tables.items():
        (images / f"detectors-{name}.png").write_bytes(_plot(_summary(table), name.replace("-", " ")))
    minutes = (process_time() - started) / 60
    with written_aside(target) as aside:
        aside.write_text(_page(null, both, tables, effort, minutes), "utf-8")


def _summary(table: pd.DataFrame) -> pd.DataFrame:
    """Means over scenarios, one row a method, best first at a rate of 1 %."""
    mean = table.groupby(["method", "rate"])[["found", "nominal", "lateness"]].mean().unstack("rate")
    best_first = mean["found"][ALPHA].sort_values(ascending=False).index
    return mean.loc[best_first]


def _plot(summary: pd.DataFrame, title: str) -> bytes:
    figure = Figure(figsize=(5.6, 3.4), dpi=150, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    rates = [100 * rate for rate in summary["found"].columns]
    for number, (method, row) in enumerate(summary["found"].iterrows()):
        axes.plot(
            rates, 100 * row.to_numpy(), color=COLOURS[number], marker=MARKERS[number], linewidth=1.4, markersize=4, label=str(method)
        )
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(color="#E6E6E6", linewidth=0.6)
    axes.set_xlabel("false alarms on quiet series, %", fontsize=8)
    axes.set_ylabel("outbreaks found, %", fontsize=8)
    axes.set_title(title.capitalize() + " series", fontsize=9, loc="left")
    axes.tick_params(labelsize=8)
    axes.legend(fontsize=7, frameon=False, loc="center left", bbox_to_anchor=(1.0, 0.5))
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", metadata={"Software": None})
    return buffer.getvalue()


def _page(null: pd.DataFrame, both: pd.DataFrame, tables: Mapping[str, pd.DataFrame], effort: Effort, minutes: float) -> str:
    parts = [_HEAD.format(seed=SEED, minutes=minutes), _CALIBRATION.format(series=effort.null)]
    parts.append(_calibration_tables(null))
    parts += [
        _BESIDE.format(series=effort.beside, alpha=GammaPoissonParams.alpha, weeks=JUDGED, times=GREATEST, rise=RISE),
        _beside_table(both),
    ]
    parts.append(_COMPARISON.format(weekly=effort.weekly, daily=effort.daily))
    for name, table in tables.items():
        parts += [f"### {_TITLES[name]}\n", _comparison_table(table), f"\n![{_TITLES[name]}](images/detectors-{name}.png)\n"]
        if name != "weekly-after-outbreaks":
            parts += ["Found at a rate of 1 %, by the size of the outbreak in standard deviations:\n", _by_size(table) + "\n"]
    return "\n".join(parts) + "\n" + _LIMITS


def _calibration_tables(null: pd.DataFrame) -> str:
    out = []
    for history, group in null.groupby("history"):
        cell = group.assign(kind=[f"phi {p:g}{', weekday' if w else ''}" for p, w in zip(group.phi, group.weekday, strict=True)])
        shares = cell.assign(share=100 * cell.power / cell.best)
        out += [f"{history} days of history; false alarms as a multiple of alpha:\n", _pivot(cell, "ratio", 2)]
        out += ["\nKolmogorov–Smirnov distance of the randomised p-values from uniform:\n", _pivot(cell, "ks", 3)]
        out += ["\nBursts found, in per cent of what the test finds that knows the truth:\n", _pivot(shares, "share", 0), ""]
    return "\n".join(out)


def _pivot(cell: pd.DataFrame, value: str, digits: int) -> str:
    table = cell.pivot_table(index="mean", columns="kind", values=value).map(lambda number: f"{number:.{digits}f}")
    return markdown_table("mean a day", table.set_axis([f"{mean:g}" for mean in table.index]))


def _beside_table(both: pd.DataFrame) -> str:
    """Rates in per cent of weeks and of rises, lateness in days."""
    shown = {f"false alarms, {name}": (100 * both[name]).map("{:.2f}".format) for name in ("days", "weeks", "both")}
    names = {"": "days", "_fair": "days at the rate of both", "_both": "both"}
    shown |= {f"seen, {title}": (100 * both[f"found{end}"]).map("{:.1f}".format) for end, title in names.items()}
    shown |= {f"days until seen, {title}": both[f"late{end}"].map("{:.1f}".format) for end, title in names.items()}
    rows = [f"{mean:g}, phi {phi:g}" for mean, phi in zip(both["mean"], both["phi"], strict=True)]
    return markdown_table("mean a day", pd.DataFrame(shown).set_axis(rows)) + "\n"


def _comparison_table(table: pd.DataFrame) -> str:
    summary = _summary(table)
    columns = {f"found at {100 * rate:g} %": 100 * summary["found", rate] for rate in summary["found"].columns}
    columns |= {f"lateness at {100 * rate:g} %": summary["lateness", rate].map("{:.2f}".format) for rate in (ALPHA,)}
    columns |= {f"p below {100 * rate:g} %": (100 * summary["nominal", rate]).map("{:.2f}".format) for rate in summary["found"].columns}
    return markdown_table("method", pd.DataFrame(columns))


def _by_size(table: pd.DataFrame) -> str:
    chosen = table[table["rate"] == ALPHA]
    found = 100 * chosen.pivot_table(index="method", columns="size", values="found")
    return markdown_table("method", found.loc[_summary(table).index].rename(columns=lambda size: f"{size:g}"))


_TITLES = {
    "weekly": "Weekly series (Noufaily et al. 2013, 42 scenarios)",
    "weekly-after-outbreaks": "The same, with four earlier outbreaks of size 5 in the history",
    "daily": "Daily series (Noufaily et al. 2019, seven signals)",
}
_HEAD = """# How good the detectors are

Written by `kentongan evaluate detectors` (seed {seed}; {minutes:.0f} minutes of processor time). Nothing was tuned on these series: the
constants of the default detector were chosen on other made-up series (levels, trends, seasons and dispersions drawn at random).
"""
_CALIBRATION = """## Is the default detector's p-value what it says?

Null series, {series:,} a cell: the counts have a known mean (with "weekday" it swings by half over the week), variance phi times the mean
(Poisson for 1). alpha is 0.01. Where counts are small a p-value can only be one of a few numbers, and the rate of false alarms stays below
alpha; that is why the uniformity of *randomised* p-values is shown, too. A burst adds 3 × mean + 3 posts on the last day; it is compared at
the same false-positive rate with the test that knows mean, phi and weekday.
"""
_BESIDE = """## Days, and weeks beside them

The worker tests each day, and once a week the sum of the last complete week, both at alpha = {alpha:g}. *False alarms* are weeks with an
alarm, in per cent of the weeks of null series ({series:,} a row, {weeks} weeks each): of a day, of the sum, of either. Then a slow rise
adds posts, a little more each day, until the mean is {times:g} times as high after {rise} weeks. *Seen* are the rises with an alarm until
then, in per cent; *days until seen*, how long it took, all of the rise where it was not seen (a week's sum alarms with its last day). As
weeks add alarms, days alone are also shown with the threshold at which they give as many false ones as both. The worker asks for more
before it tells a signal: a q-value, and a least number of posts.
"""
_COMPARISON = """## Compared with the field's methods, at the same false-positive rate

For each scenario and method the threshold is chosen so that the rate of false alarms on quiet series is the same for all ({weekly} series a
weekly scenario, {daily} a daily one and size). *Found* is the share of outbreaks with an alarm between their first and last case;
*lateness* is the delay as a share of the outbreak's duration, 1 where it is missed; *p below 1 %* is the rate that the method's own
p-values would have given in place of 1 %.
"""
_LIMITS = """## What to keep in mind

- The scenarios are simulated. Real posts have news, campaigns and copies in them, which are out of the ordinary, too, and no outbreak: what
  the people of an instance verified is the better measure, and the Signals page shows it.
- EARS and epitweetr were made for a few weeks of history and know no season; years of seasonal series are not what they were made for.
- Farrington and Farrington flexible look at series one by one; the default detector looks at all series of the panel, which are alike here.
"""
