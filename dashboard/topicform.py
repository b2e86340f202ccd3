"""One topic as a form: a term, rule or example a line; and the form as a topic again, with what is wrong at its place."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

import dash_mantine_components as dmc
from dash import html
from dash.development.base_component import Component

from analytics.text.topic_check import troubles
from analytics.text.topic_file import CODE, TopicEntry
from dashboard import widgets
from dashboard.i18n import N_, _
from dashboard.names import GROUPS, group
from dashboard.topicwords import told

LONGEST: Final = 200_000  #: letters of one field; what is longer belongs into the file
WAIT: Final = 500  #: milliseconds after the last key
#: Fields in the order of the form.
NAMES: Final = (
    "code", "name_id", "name_en", "group", "terms_id", "terms_en", "terms_more", "rules", "guards", "unless", "only", "yes", "no",
    "description_id", "description_en",
)  # fmt: skip
_LISTS: Final = ("rules", "guards", "unless", "yes", "no")
_TEXTS: Final = ("name_id", "name_en", "group", "description_id", "description_en")
_LANGUAGE: Final = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")

LABEL: Final = {
    "code": (N_("Code"), N_("Lower-case letters, digits, - and _; it stays for good.")),
    "name_id": (N_("Name in Indonesian"), ""),
    "name_en": (N_("Name in English"), ""),
    "group": (N_("Group"), ""),
    "terms_id": (N_("Terms, Indonesian"), N_("One a line; one of them is enough.")),
    "terms_en": (N_("Terms, English"), N_("One a line; they count in every post, too.")),
    "terms_more": (N_("Terms, other languages"), N_("Code of the language first, e.g. jv: watuk pilek")),
    "rules": (N_("Rules"), N_("One a line; one that holds is enough: batuk NEAR/3 (darah OR dahak)")),
    "guards": (N_("Guards"), N_("Idioms and names in which a term does not count: demam panggung")),
    "unless": (N_("Unless"), N_("Rules that take the topic away")),
    "only": (N_("Terms of one language only"), N_("They count in posts of that language alone, e.g. en: aids")),
    "yes": (N_("Posts that it must find"), N_("One a line. Write no names of people.")),
    "no": (N_("Posts that it must leave alone"), N_("Homonyms, metaphors, songs, football")),
    "description_id": (N_("Description in Indonesian"), ""),
    "description_en": (N_("Description in English"), ""),
}
BLANK: Final = TopicEntry.model_construct(name_id="", name_en="", group="")


def field(name: str) -> dict[str, str]:
    return {"type": "topic-field", "name": name}


def filled(code: str, entry: TopicEntry, shipped_examples: Mapping[str, list[str]]) -> dict[str, str]:
    """What stands in each field. A topic as shipped shows the examples that it comes with, which stand in a file of their own."""
    values = {"code": code} | {name: getattr(entry, name) for name in _TEXTS}
    values |= {name: "\n".join(_one_line(line) for line in getattr(entry, name)) for name in _LISTS}
    if not entry.yes and not entry.no:
        values |= {name: "\n".join(_one_line(line) for line in shipped_examples.get(name, [])) for name in ("yes", "no")}
    values |= {f"terms_{lang}": "\n".join(map(_one_line, entry.terms.get(lang, []))) for lang in ("id", "en")}
    values["terms_more"] = _by_language({lang: words for lang, words in entry.terms.items() if lang not in ("id", "en")})
    values["only"] = _by_language(entry.only)
    return values


def _one_line(text: str) -> str:
    """To the matcher a line break is a space."""
    return " ".join(text.split())


def _by_language(words: Mapping[str, list[str]]) -> str:
    return "\n".join(f"{lang}: {_one_line(word)}" for lang, some in words.items() for word in some)


def read(values: Mapping[str, str | None], before: TopicEntry, shipped_examples: Mapping[str, list[str]], new: bool, taken: bool) -> tuple[
    TopicEntry | None, dict[str, str]
]:  # fmt: skip
    """The topic that the form describes, or None; and what is wrong, by field ("" for the whole). `before`: the topic as it was opened;
    `taken`: another topic has this code."""
    given = {name: values.get(name) or "" for name in NAMES}
    wrong = {name: _("too long for this page; use the file") for name, text in given.items() if len(text) > LONGEST}
    if wrong:
        return None, wrong
    if new and not CODE.fullmatch(given["code"]):
        wrong["code"] = _("use up to 41 lower-case letters, digits, - and _, e.g. whooping_cough")
    elif new and taken:
        wrong["code"] = _("there is a topic of this code; choose another, or open that one")
    for name in ("name_id", "name_en", "group"):
        if not given[name].strip():
            wrong[name] = _("missing")
    lines: dict[str, Any] = {name: _lines(given[name]) for name in _LISTS}
    if {name: lines[name] for name in ("yes", "no")} == {
        name: [_one_line(line) for line in shipped_examples.get(name, [])] for name in ("yes", "no")
    }:
        lines |= {"yes": list(before.yes), "no": list(before.no)}  # they stand with the shipped topics already
    terms = {lang: _lines(given[f"terms_{lang}"]) for lang in ("id", "en")} | _languages(given["terms_more"], "terms_more", wrong)
    only = _languages(given["only"], "only", wrong)
    fields: dict[str, Any] = {name: given[name].strip() for name in _TEXTS} | lines | {"only": only, "enabled": before.enabled}
    entry = TopicEntry.model_construct(**fields, terms={lang: words for lang, words in terms.items() if words})
    for trouble in troubles(entry):
        name = _field_of(trouble.key)
        line = _line_of(given[name], trouble.line, trouble.key) if name else 0
        said = told(type(trouble)(trouble.key, line, trouble.column, trouble.template, trouble.values))
        wrong[name] = f"{wrong[name]}\n{said}" if name in wrong else said
    return (None if wrong else entry), wrong


def _field_of(key: str) -> str:
    kind, _dot, lang = key.partition(".")
    if kind == "terms":
        return f"terms_{lang}" if lang in ("id", "en") else "terms_more"
    return kind


def _line_of(text: str, number: int, key: str) -> int:
    """The line of the field that holds the `number`th entry; empty lines count for the reader."""
    lang = key.partition(".")[2]
    seen = 0
    for line, written in enumerate(text.split("\n"), 1):
        own = written.strip() and (not _is_mixed(key) or written.partition(":")[0].strip() == lang)
        seen += bool(own)
        if own and seen == number:
            return line
    return number


def _is_mixed(key: str) -> bool:
    return key.startswith("only.") or (key.startswith("terms.") and key not in ("terms.id", "terms.en"))


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.split("\n") if line.strip()]


def _languages(text: str, name: str, wrong: dict[str, str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        lang, colon, word = (part.strip() for part in line.partition(":"))
        if not colon or not word or not _LANGUAGE.fullmatch(lang):
            wrong.setdefault(
                name, _("line {line}: write the code of the language, a colon and the term, e.g. jv: watuk pilek", line=number)
            )
            continue
        found.setdefault(lang, []).append(word)
    return found


# ------------------------------------------------------------------------------------------------------------------ the form


def form(values: Mapping[str, str], *, new: bool, editable: bool, memory: str, groups: list[str]) -> Component:
    """The fields. `memory`: what was typed and not saved is kept by the tab under this name."""

    def line(name: str) -> Component:
        return dmc.TextInput(**_given(name, values, editable, memory), className="wide")

    def area(name: str, rows: int = 3) -> Component:
        return dmc.Textarea(**_given(name, values, editable, memory), autosize=True, minRows=rows, maxRows=14, spellCheck=False)

    names = [*([line("code")] if new else []), line("name_id"), line("name_en"), _groups(values["group"], editable, memory, groups)]
    pairs = [(("terms_id", "terms_en"), 4), (("guards", "unless"), 2), (("terms_more", "only"), 2), (("yes", "no"), 4)]
    words, *rest = [html.Div([area(name, rows) for name in two], className="grid-2") for two, rows in pairs]
    described = html.Div([area("description_id", 2), area("description_en", 2)], className="grid-2")
    return html.Div(
        [html.Div(names, className="controls"), words, area("rules"), *rest, widgets.folded(_("Descriptions"), described)],
        className="stack-small topic-form",
    )


def _given(name: str, values: Mapping[str, str], editable: bool, memory: str) -> dict[str, Any]:
    label, about = LABEL[name]
    return {
        "id": field(name),
        "label": _(label),
        "description": _(about) if about else None,
        "value": values[name],
        "debounce": WAIT,
        "readOnly": not editable,
        "size": "sm",
        "inputWrapperOrder": ["label", "description", "input", "error"],
        "persistence": memory if editable else False,
        "persistence_type": "session",
    }


def _groups(value: str, editable: bool, memory: str, groups: list[str]) -> Component:
    options = dict.fromkeys([*GROUPS, *groups, *([value] if value else [])])
    data = sorted(({"value": code, "label": group(code)} for code in options), key=lambda item: item["label"])
    return dmc.Select(
        id=field("group"),
        label=_("Group"),
        data=data,
        value=value or None,
        readOnly=not editable,
        allowDeselect=False,
        searchable=True,
        comboboxProps={"shadow": "md", "withinPortal": True},
        persistence=memory if editable else False,
        persistence_type="session",
        className="mid",
        **widgets.SMALL,
    )
