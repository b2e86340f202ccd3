"""`kentongan geo`: boundaries of provinces, regencies and countries, for the map to colour."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import pyarrow as pa
import typer

from jobs.clock import utc_now
from jobs.options import DataOption, FormatOption, data_folder
from jobs.shown import print_table, say

geo = typer.Typer(
    no_args_is_help=True,
    help="Import boundaries, so that the map colours areas instead of drawing bubbles.\n\n"
    "Example: `kentongan geo import provinces.geojson`",
)


@geo.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="GeoJSON of provinces, regencies or countries, in degrees (WGS 84).")],
    level: Annotated[
        Literal["province", "regency", "country"] | None, typer.Option("--level", help="What the file holds, where it is not clear.")
    ] = None,
    merge: Annotated[bool, typer.Option("--merge", help="Several areas of one place are its parts; else the first is kept.")] = False,
    data: DataOption = None,
) -> None:
    """Import boundaries. Places are matched by the code of Kemendagri, BPS or ISO 3166, or by name, under the headings of GADM,
    geoBoundaries, OCHA, BIG and Natural Earth; what is no place of ours is listed and left out; lines are simplified for the map.

    Example: `kentongan geo import gadm41_IDN_1.json`
    """
    from jobs.boundaries import import_boundaries

    say(import_boundaries(data_folder(data), file, utc_now(), level, merge))


@geo.command("list")
def list_(
    form: FormatOption = "table",
    data: DataOption = None,
) -> None:
    """List the boundaries that were imported.

    Example: `kentongan geo list`
    """
    from analytics.geo import boundaries

    folder = data_folder(data).boundaries
    rows = [
        {"level": level, "place_code": code, "points": one.points, "file": one.file, "imported_at": one.imported_at}
        for level in boundaries.LEVELS
        for code, one in boundaries.read(folder, level).items()
    ]
    names = ("level", "place_code", "points", "file", "imported_at")
    print_table(pa.table({name: [row[name] for row in rows] for name in names}), form)


@geo.command()
def remove(
    what: Annotated[str, typer.Argument(help="province, regency or country; or the code of one place.")],
    data: DataOption = None,
) -> None:
    """Remove boundaries: of a level, or of one place.

    Example: `kentongan geo remove regency`
    """
    from jobs.boundaries import remove_boundaries

    say(remove_boundaries(data_folder(data), what))
