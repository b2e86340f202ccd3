"""Which column of a table holds which field of a post."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType

from ingest.files.sample import plain
from warehouse.errors import InputError

#: The names by which columns are known, best first.
KNOWN: Mapping[str, tuple[str, ...]] = MappingProxyType({
    "text": (
        "text", "full_text", "full text", "content", "body", "tweet", "message", "post", "caption", "post_text", "tweet_text",
        "comment", "comments_text", "selftext", "teks", "isi", "isi berita", "isi pesan", "konten", "pesan", "komentar",
        "cuitan", "kalimat", "sentence", "review", "description", "deskripsi", "rawcontent",
    ),
    "title": ("title", "headline", "judul", "judul berita", "subject"),
    "created_at": (
        "created_at", "created at", "createdat", "date", "datetime", "timestamp", "published_at", "published at", "publishedat",
        "published", "created", "created_utc", "pubdate", "pub_date", "post_date", "posted_at", "date_created", "time",
        "unix_timestamp", "tanggal", "tgl", "waktu", "tanggal posting", "tanggal publikasi",
    ),
    "edited_at": ("edited_at", "updated_at", "edited at", "edit_date"),
    "id": (
        "id", "id_str", "post_id", "post id", "tweet_id", "tweet id", "tweetid", "native_id", "message_id", "comment_id",
        "status_id", "postid",
    ),
    "author": (
        "author", "username", "user_name", "user", "screen_name", "user_screen_name", "author_username", "author_name", "from",
        "sender", "account", "handle", "penulis", "akun", "pengguna", "pengirim", "nama akun",
    ),
    "url": ("url", "link", "permalink", "permalink_url", "post_url", "tweet_url", "tautan", "source_url"),
    "lang": ("lang", "language", "bahasa"),
    "place": ("place", "location", "lokasi", "city", "kota", "place_name", "user_location"),
    "likes": ("likes", "like_count", "favorite_count", "favorites", "likes_count", "likecount", "num_likes", "suka"),
    "reposts": ("reposts", "retweets", "retweet_count", "shares", "share_count", "retweets_count", "retweetcount", "num_shares"),
    "replies": ("replies", "reply_count", "comments", "comment_count", "num_comments", "replies_count", "replycount"),
    "views": ("views", "view_count", "impressions", "impression_count", "play_count", "viewcount"),
    "repost": ("is_retweet", "is_repost", "repost", "retweet"),
    "reply": ("is_reply", "reply"),
})  # fmt: skip
NAMES = frozenset(name for names in KNOWN.values() for name in names)


def find(header: Sequence[object], known: Mapping[str, Sequence[str]] = KNOWN, *, all_of_them: bool = False) -> dict[str, tuple[int, ...]]:
    """Position of the column of each field that is known by its name, or of all such columns, best first; a column serves one field."""
    where: dict[str, int] = {}
    for position, cell in enumerate(header):
        where.setdefault(plain(cell), position)
    found: dict[str, tuple[int, ...]] = {}
    taken: set[int] = set()
    for field, names in known.items():
        free = tuple(where[name] for name in names if name in where and where[name] not in taken)
        if free:
            found[field] = free if all_of_them else free[:1]
            taken.update(found[field])
    return found


def chosen(header: Sequence[object], column_map: Mapping[str, str], where: str) -> dict[str, tuple[int, ...]]:
    """Position of the columns that a person named; raises InputError listing the columns when one is not there."""
    names = [plain(cell) for cell in header]
    for field, column in column_map.items():
        if plain(column) not in names:
            raise InputError(f"{where}: --column {field}={column}: no such column; the file has {shown(header)}")
    return {field: (names.index(plain(column)),) for field, column in column_map.items()}


def same_names(header: Sequence[object], read: Collection[int]) -> list[str]:
    """A line for each column that is read while another one has its name."""
    names = [plain(cell) for cell in header]
    return [
        f"{names.count(names[at])} columns are called {names[at]!r}; the first of them is read, column {at + 1}"
        for at in sorted(read)
        if names.count(names[at]) > 1
    ]


def shown(header: Sequence[object]) -> str:
    """The columns for a message."""
    names = [" ".join(str(cell).split())[:40] or "(no name)" for cell in header[:30]]
    return ", ".join(names) + (", ..." if len(header) > 30 else "")
