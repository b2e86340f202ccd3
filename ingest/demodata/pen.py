"""How one post of the demo comes to be: what it says, of which place, in which tongue, and what becomes of it."""

from __future__ import annotations

from bisect import bisect
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NamedTuple

from ingest.demodata.epidemiology import NOISE, TOPICS, Place, place_index, places
from ingest.demodata.phrases import Dice, Said, book, dirty, handle, outlet, say
from ingest.demodata.scenario import COUNTRY, Wave
from warehouse.records import Post

LONGEST_AFTERMATH = timedelta(hours=20)  #: an edit or a deletion comes at most this long after its post

_KINDS = {  # kinds of posts, and the steps of their cumulative shares
    "microblog": (("personal", "question", "complaint", "info", "thanks"), (0.42, 0.57, 0.74, 0.88)),
    "video": (("personal", "question", "complaint", "info", "thanks"), (0.45, 0.65, 0.83, 0.88)),
    "forum": (("personal", "question", "complaint", "info", "thanks"), (0.25, 0.75, 0.87, 0.92)),
    "news": (("news",), ()),
}
_LANGUAGES, _LANGUAGE_STEPS = ("id", "en", "jv", "su", "min"), (0.86, 0.925, 0.975, 0.99)
_WITHOUT_PLACE = {"news": 0.2}  # elsewhere 0.45


class About(NamedTuple):
    """Topic and place code that a post names, and the id of the event it belongs to; empty where none."""

    topic: str
    place: str
    wave: str


class Fate(NamedTuple):
    """The dice of one post: seven uniform draws in [0, 1), the row of a place that talks of its topic, and its likes."""

    placed: float
    kind: float
    told: float
    language: float
    copied: float
    after: float
    delay: float
    place: int
    likes: int


@dataclass(frozen=True, slots=True)
class Draft:
    """A post, the truth about it, and what becomes of it."""

    post: Post
    about: About
    edited: Post | None = None
    deleted_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Pen:
    """Writes the posts of one channel on one day, one after the other; `prefix` begins their ids, `done` stands on the page already."""

    prefix: str
    channel: str
    source: str
    rng: Dice
    done: list[Draft]

    def write(self, topic: int, wave: Wave | None, moment: datetime, fate: Fate) -> None:
        if wave is None and self.channel != "news" and self.done and fate.copied < 0.07:
            draft = self._copy(self.rng.pick(self.done), moment, fate.likes)
        elif wave is not None and wave.kind == "hoax":
            draft = self._hoax(wave, moment, fate)
        else:
            draft = self._fresh(topic, wave, moment, fate)
        self.done.append(self._aftermath(draft, fate))

    def _fresh(self, topic: int, wave: Wave | None, moment: datetime, fate: Fate) -> Draft:
        place, code = self._place(wave, fate), TOPICS[topic].code
        said = Said(code, self.rng.pick(place.aliases) if place else "", self._kind(code, wave, fate), self._language(code, wave, fate))
        if wave is not None and self.channel == "news" and not said.place:
            said = replace(said, place="Indonesia")
        text = say(replace(said, topic="campaign") if wave is not None and wave.kind == "campaign" else said, self.rng)
        named = place is not None and said.place in text
        if self.channel != "news":
            text = dirty(text, said, self.rng)
        hint = said.language if self.channel == "news" or fate.language * 7 % 1 < 0.3 else None
        about = About("" if code == NOISE else code, place.code if place and named else "", wave.id if wave else "")
        return self._draft(text, moment, about, fate.likes, lang_hint=hint)

    def _kind(self, code: str, wave: Wave | None, fate: Fate) -> str:
        if code == NOISE:
            return NOISE
        if wave is not None and wave.kind == "campaign":
            return "news" if self.channel == "news" else "positive" if fate.told < 0.88 else "negative"
        if wave is not None and wave.kind == "outbreak" and fate.told < 0.65:
            return "outbreak_news" if self.channel == "news" else "outbreak"
        names, steps = _KINDS[self.channel]
        return names[bisect(steps, fate.kind)]

    def _place(self, wave: Wave | None, fate: Fate) -> Place | None:
        """Where the post says it is; posts of a local wave name its place, nine times in ten."""
        if wave is not None and wave.place != COUNTRY and fate.placed < 0.9:
            return places()[place_index()[wave.places[int(fate.placed / 0.9 * len(wave.places))]]]
        if wave is None and fate.placed < _WITHOUT_PLACE.get(self.channel, 0.45):
            return None
        if wave is not None and (wave.place != COUNTRY or fate.placed < 0.5):
            return None
        return places()[fate.place]

    def _language(self, code: str, wave: Wave | None, fate: Fate) -> str:
        if code == NOISE or wave is not None:
            return "id"
        if self.channel == "news":
            return "en" if fate.language < 0.05 else "id"
        return _LANGUAGES[bisect(_LANGUAGE_STEPS, fate.language)]

    def _hoax(self, wave: Wave, moment: datetime, fate: Fate) -> Draft:
        story, rng, about = book().stories["hoax"], self.rng, About(wave.topic, "", wave.id)
        if self.channel == "news" or fate.told < 0.15:
            return self._draft(rng.pick(story["denial"]), moment, about, fate.likes)
        text = story["texts"][int(fate.kind**2 * len(story["texts"]))]
        text = f"{rng.pick(story['lead'])}{text}{rng.pick(story['tail'])}"
        return self._draft(text, moment, about, fate.likes, repost=fate.language < 0.4)

    def _copy(self, first: Draft, moment: datetime, likes: int) -> Draft:
        """The same words again: to the letter, as a repost, or with a small edit."""
        draw, text = self.rng.random(), first.post.text
        repost = draw < 0.35
        if repost:
            text = f"RT @{first.post.author}: {text}"
        elif draw < 0.65:
            text = f"{text} {self.rng.pick(('👆', '(2)', 'up', '🔁', 'bener ini', 'setuju'))}"
        return self._draft(text, moment, first.about, likes, repost=repost)

    def _draft(self, text: str, moment: datetime, about: About, likes: int, *, repost: bool = False, lang_hint: str | None = None) -> Draft:
        rng, number = self.rng, len(self.done)
        native_id = f"{self.prefix}{number:05d}"
        news = self.channel == "news"
        post = Post(
            source=self.source, query=self.channel, native_id=native_id, created_at=moment, text=text,
            url=f"https://{self.channel}.example/{native_id}", author=outlet(rng) if news else handle(rng), lang_hint=lang_hint,
            repost=repost, reply=text.startswith("@"), likes=None if news else likes, reposts=None if news else likes // 5,
            replies=None if news else likes // 7, views=likes * 37 if self.channel == "video" else None,
        )  # fmt: skip
        return Draft(post, about)

    def _aftermath(self, draft: Draft, fate: Fate) -> Draft:
        """One post in a hundred is edited, fewer are deleted (of a hoax more), minutes to hours later."""
        if fate.after < 0.01:
            moment = draft.post.created_at + _delay(fate.delay)
            addition = " (diperbarui)" if self.channel == "news" else " (edit: maaf typo)"
            return replace(draft, edited=replace(draft.post, text=draft.post.text + addition, edited_at=moment))
        if self.channel != "news" and fate.after > (0.95 if draft.about.wave.startswith("hoax") else 0.994):
            return replace(draft, deleted_at=draft.post.created_at + _delay(fate.delay))
        return draft


def _delay(draw: float) -> timedelta:
    """Three minutes to LONGEST_AFTERMATH, mostly short."""
    return timedelta(seconds=int(180 + (LONGEST_AFTERMATH.total_seconds() - 180) * draw**3))
