"""Which sources are collected: those that the settings enable, as people have switched them since."""

from __future__ import annotations

from warehouse.settings import Settings, SourceSettings
from warehouse.state import State


def sources_now(settings: Settings, state: State) -> dict[str, SourceSettings]:
    """The sources of the settings, each enabled as its switch says, where it has one."""
    switches = {name: one.enabled for name, one in state.source_switches().items() if one.enabled is not None}
    return {
        name: source.model_copy(update={"enabled": switches[name]}) if name in switches else source
        for name, source in settings.sources.items()
    }


def enabled_sources(settings: Settings, state: State | None = None) -> list[str]:
    """Names of the sources that the worker collects: those of the settings, with `state` as people have switched them."""
    sources = settings.sources if state is None else sources_now(settings, state)
    return [name for name, source in sources.items() if source.enabled]
