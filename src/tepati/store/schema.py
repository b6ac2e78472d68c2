"""Room store: the one schema, for SQLite and PostgreSQL, every column classed. A test refuses an unclassed one.

Classes: *sealed* (ciphertext of the vault), *fact* (clear, never an identifying value), *counter* (sums only),
*key* (wrapped keys, blind indexes, hashes of secrets, MACs). Rules 1 to 8 of the design's section 9 are checked
by ``tests/store/test_schema.py``: ``person`` first in every key of a person's table, look-ups across people only in
``ident``, ids made by the application, nothing that depends on the order of commits.
"""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["uuid", "bytes", "text", "int", "small"]
Class = Literal["sealed", "fact", "counter", "key"]


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its kind, its class, and whether NULL may stand in it."""

    name: str
    kind: Kind
    klass: Class
    null: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table, the column it is distributed by, its primary key, and its plain (never unique) indexes.

    ``fate`` says what erasing a person does to their rows: ``delete``, ``unlink`` (kept without the person) or
    ``none`` (the table holds nothing of a person). The build stops when a person's table has fate ``none``.
    """

    name: str
    by: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    indexes: tuple[tuple[str, ...], ...] = ()
    fate: Literal["delete", "unlink", "none"] = "none"


def _c(line: str, klass: Class) -> tuple[Column, ...]:
    """Read ``name kind, name kind?`` into columns of one class; ``?`` allows NULL."""
    out = []
    for part in line.split(","):
        name, kind = part.split()
        out.append(Column(name, kind.rstrip("?"), klass, kind.endswith("?")))  # type: ignore[arg-type]
    return tuple(out)


_PERSON = _c("person uuid", "fact")
_LINE = _c("ledger_id uuid", "fact")

# fmt: off
TABLES: tuple[Table, ...] = (
    # --- small shared tables (reference tables on Citus)
    Table("meta", "name", ("name",), _c("name text, value text", "fact")),
    Table("notice", "org", ("org", "digest"),
          _c("org text, digest bytes, version int, source text, effective int, published int", "fact")
          + _c("mac bytes", "key") + _LINE),
    Table("sheet", "org", ("org", "notice", "name"),  # forms and banner of a version, as bytes
          _c("org text, notice bytes, name text, body bytes", "fact") + _LINE),
    Table("telling", "org", ("org", "digest"),  # whom a version was announced to, and how far that has come
          _c("org text, digest bytes, state text, cursor uuid", "fact") + _c("told int", "counter") + _LINE),
    Table("news", "org", ("org", "news"),
          _c("org text, news uuid, at int, title_id text, title_en text, text_id text, text_en text", "fact") + _LINE),
    Table("epoch", "org", ("org", "epoch"), _c("org text, epoch int, state text, since int", "fact")),
    Table("agreement", "org", ("org", "recipient"),
          _c("org text, recipient text, since int, until int, document text", "fact") + _c("mac bytes", "key") + _LINE),
    # --- look-up across people: nothing else may be unique across people
    Table("ident", "blind_index", ("blind_index",),
          _c("blind_index bytes", "key") + _c("org text, field text, person uuid", "fact"),
          (("person",),), "delete"),
    # --- a person and the facts about them
    Table("person", "person", ("person",),
          _PERSON + _c("org text, population text, status text, created int", "fact") + _LINE, (("org",),), "delete"),
    Table("state", "person", ("person",),
          _PERSON + _c("org text, version int, body bytes", "fact") + _c("mac bytes", "key"), (), "delete"),
    Table("dek", "person", ("person", "key"),
          _PERSON + _c("key uuid, org text, category text, ending text, epoch int", "fact")
          + _c("wrapped bytes", "key"), (), "delete"),  # no index on epoch: every roll would write it anew
    Table("record", "person", ("person", "record"),
          _PERSON + _c("record uuid, org text, point text, channel text, notice bytes, joined int, created int", "fact")
          + _LINE, (("org", "created"),), "delete"),
    Table("sealed", "person", ("person", "record", "category"),
          _PERSON + _c("record uuid, category text, org text, key uuid, version int, due int", "fact")
          + _c("blob bytes", "sealed") + _LINE, (("org", "due"),), "delete"),
    Table("opening", "person", ("person", "ledger_id", "party"),
          _PERSON + _LINE + _c("party text, org text, key uuid, due int", "fact") + _c("blob bytes", "sealed"),
          (("ledger_id",),), "delete"),
    Table("consent", "person", ("person", "question"),
          _PERSON + _c("question text, org text, state text, at int, until int, notice bytes", "fact") + _LINE,
          (), "delete"),
    Table("consent_event", "person", ("person", "event"),
          _PERSON + _c("event uuid, org text, question text, state text, at int, words bytes, language text,"
                       "method text, notice bytes", "fact") + _LINE, (), "delete"),
    Table("standing", "person", ("person", "purpose", "question"),
          _PERSON + _c("purpose text, question text, org text, until int, blocked int, told int", "fact"),
          (("org", "purpose", "question", "person", "until", "blocked", "told"),), "delete"),
    Table("acceptance", "person", ("person", "thing", "version"),
          _PERSON + _c("thing text, version int, org text, kind text, language text, at int, digest bytes", "fact")
          + _LINE, (), "delete"),
    Table("dealing", "person", ("person", "dealing"),
          _PERSON + _c("dealing uuid, org text, kind text, number text, record uuid?, opened int, closed int?,"
                       "moments text, assigned uuid?", "fact") + _LINE,
          (("org", "kind", "closed"), ("org", "number")), "delete"),
    Table("entered", "person", ("person", "point"),  # how often a member of staff entered something there, of late
          _PERSON + _c("point text, org text, since int", "fact") + _c("n int", "counter") + _LINE, (), "delete"),
    Table("place", "person", ("person", "record"),
          _PERSON + _c("record uuid", "fact") + _c("secret bytes", "key") + _c("org text, expires int", "fact") + _LINE,
          (("org", "expires"),), "delete"),
    Table("link", "person", ("person", "secret"),
          _PERSON + _c("secret bytes", "key") + _c("org text, kind text, about text, made int, expires int, used int?",
                                                   "fact") + _LINE, (("org", "expires"),), "delete"),
    Table("request", "person", ("person", "request"),
          _PERSON + _c("request uuid, org text, kind text, channel text, number text, received int, due int,"
                       "state text, done int?, about text, outcome text", "fact") + _LINE,
          (("org", "state", "due"), ("org", "number")), "delete"),
    Table("duty", "person", ("person", "duty"),
          _PERSON + _c("duty uuid, org text, kind text, due int, state text, attempts int, taken int, about text",
                       "fact") + _LINE, (("org", "state", "due"),), "delete"),
    Table("outbox", "person", ("person", "mail"),
          _PERSON + _c("mail uuid, org text, message text, due int, state text, attempts int, taken int, key uuid",
                       "fact") + _c("blob bytes", "sealed") + _LINE, (("org", "state", "due"),), "delete"),
    Table("campaign", "person", ("person", "campaign"),  # the person is the member of staff who confirmed it
          _PERSON + _c("campaign uuid, org text, message text, state text, made int, cursor uuid, over int?", "fact")
          + _c("queued int, refused int, sent int, unsent int", "counter") + _LINE,
          (("org", "made"), ("org", "campaign")), "delete"),
    Table("sending", "person", ("person", "campaign"),
          _PERSON + _c("campaign uuid, org text, message text, mail uuid, at int", "fact") + _LINE,
          (("org", "campaign"), ("org", "at")), "delete"),
    Table("staff", "person", ("person",),
          _PERSON + _c("org text, roles text, version int, since int, gone int?, undertaken int", "fact")
          + _c("password text, factor bytes, mac bytes", "key") + _LINE, (("org",),), "delete"),
    Table("session", "person", ("person", "secret"),
          _PERSON + _c("secret bytes, mac bytes", "key")
          + _c("org text, kind text, made int, expires int, version int", "fact") + _LINE,
          (("org", "expires"),), "delete"),
    Table("api_key", "person", ("person", "secret"),  # of the organisation's programs; the person is who made it
          _PERSON + _c("secret bytes, mac bytes", "key")
          + _c("org text, role text, networks text, made int, expires int", "fact") + _LINE,
          (("org", "expires"),), "delete"),
    Table("device", "person", ("person", "secret"),
          _PERSON + _c("secret bytes, mac bytes", "key") + _c("org text, label text, made int, known int, expires int",
                                                              "fact") + _LINE, (("org", "expires"),), "delete"),
    Table("guardian", "person", ("person", "record"),  # a guardian is asked for a child's record, or said yes to it
          _PERSON + _c("record uuid, org text, number text, point text, state text, scope text, method text, asked int,"
                       "until int, answered int, due int, about text, letter uuid, sealing uuid?", "fact")
          + _c("blob bytes?", "sealed") + _c("adult bytes, device bytes, mac bytes", "key") + _LINE,
          (("org", "state", "due"), ("org", "number"), ("org", "adult"), ("org", "until")), "delete"),
    Table("connection", "person", ("person", "secret"),  # an account of a sign-in provider that leads to this person
          _PERSON + _c("secret bytes, mac bytes", "key") + _c("org text, provider text, made int", "fact") + _LINE,
          (("org",),), "delete"),
    Table("account", "person", ("person",),  # how a person guards their own account
          _PERSON + _c("org text, version int, made int", "fact") + _c("factors bytes, mac bytes", "key") + _LINE,
          (), "delete"),
    Table("decoy", "person", ("person",),
          _PERSON + _c("org text, kind text, since int", "fact") + _LINE, (("org",),), "delete"),
    Table("proposal", "person", ("person", "digest"),  # a version to come; the person is the member who proposed it
          _PERSON + _c("digest bytes, org text, version int, source text, base bytes, made int, approvals text,"
                       "state text, changed int", "fact") + _c("mac bytes", "key") + _LINE,
          (("org", "state"), ("org", "digest")), "delete"),
    Table("unveiling", "person", ("person", "unveiling"),  # a security case; the person is the member who opened it
          _PERSON + _c("unveiling uuid, org text, line uuid, made int, expires int, second uuid?, shown small,"
                       "version int", "fact") + _c("mac bytes", "key") + _LINE,
          (("org", "expires"), ("org", "unveiling")), "delete"),
    # --- what stays when a person is gone, without the person
    Table("severed", "ledger_id", ("ledger_id",), _LINE + _c("org text, at int, openings int", "fact"), (), "none"),
    Table("certificate", "certificate", ("certificate",),
          _c("certificate uuid, org text", "fact") + _c("capability bytes, mac bytes", "key")
          + _c("number text, body text, requested int, erased int, complete int?, until int", "fact") + _LINE,
          (("capability",), ("org", "complete"), ("org", "number"))),
    Table("code", "person", ("person", "code"),  # six digits sent to a telephone: minutes long, used once
          _PERSON + _c("code uuid", "fact")
          + _c("secret bytes, device bytes, number bytes, digest bytes, mac bytes", "key")
          + _c("org text, kind text, about text, made int, expires int", "fact") + _c("tries int", "counter") + _LINE,
          (("org", "number", "made"), ("org", "expires")), "delete"),
    Table("errand", "secret", ("secret",),  # a sign-in by a provider that a browser began: minutes long, taken once
          _c("secret bytes", "key") + _c("org text, expires int", "fact") + _c("body bytes", "sealed"),
          (("org", "expires"),)),
    Table("observation", "org", ("org", "observation"),
          _c("org text, observation uuid, promise text, at int, outcome text, detail text", "fact") + _LINE,
          (("org", "promise", "at"), ("org", "outcome", "at"))),
    Table("recheck", "recheck", ("recheck",),  # a reveal drawn to be looked at again, by the id of its line
          _c("recheck uuid, org text, at int, due int, state text", "fact") + _c("actor bytes", "key") + _LINE,
          (("org", "state", "due"),)),
    Table("counter", "org", ("org", "day", "promise", "what"),
          _c("org text, promise text, what text, day int", "fact") + _c("n int, worst int", "counter"),
          (("org", "promise", "what"),)),
    # --- the ledger
    Table("log_pending", "lane", ("lane", "id"), _c("lane small, id uuid, org text, at int, entry bytes", "fact")
          + _c("mac bytes", "key")),
    Table("log_leaf", "lane", ("lane", "id"), _c("lane small, id uuid, org text, idx int, entry bytes", "fact"),
          (("org", "idx"),)),
    Table("log_tile", "org", ("org", "level", "idx"), _c("org text, level small, idx int, hashes bytes", "fact")),
    Table("log_head", "org", ("org",), _c("org text, size int, root bytes, at int, note text", "fact")),
    Table("log_cosign", "org", ("org", "witness"), _c("org text, witness text, size int, at int, note text", "fact")
          + _c("mac bytes", "key")),
    Table("log_prune", "org", ("org",), _c("org text, size int, asked int, carried int", "fact")
          + _LINE),
    Table("log_tally", "org", ("org",), _c("org text, size int", "counter")),
)
# fmt: on
