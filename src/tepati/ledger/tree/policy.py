"""Room ledger: whom a reader trusts: keys and quorum of a policy file (C2SP tlog-policy), pinned by the reader."""

from dataclasses import dataclass, field

from tepati.errors import Tampered
from tepati.ledger.tree.head import LOG, WITNESS, Key, read_key


@dataclass(slots=True)
class Policy:
    """The keys a reader trusts, and how many witnesses must have cosigned."""

    logs: list[Key] = field(default_factory=list)
    witnesses: dict[str, Key] = field(default_factory=dict)
    groups: dict[str, tuple[int, list[str]]] = field(default_factory=dict)
    quorum: str = ""

    def met(self, signed: set[str], name: str | None = None) -> bool:
        """Whether the cosigners named satisfy the quorum (or one group of it)."""
        name = self.quorum if name is None else name
        if name in self.groups:
            least, members = self.groups[name]
            return sum(self.met(signed, member) for member in members) >= least
        return name == "none" or name in signed


def read_policy(text: str) -> Policy:
    """Read a policy file. Raises Tampered with the number of the line that cannot be read."""
    policy = Policy()
    for number, line in enumerate(text.split("\n"), 1):
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        try:
            _policy_line(policy, words)
        except (Tampered, ValueError, IndexError) as fault:
            raise Tampered("ledger_policy", line=number) from fault
    if not policy.quorum:
        raise Tampered("ledger_policy", line=0)
    return policy


def _policy_line(policy: Policy, words: list[str]) -> None:
    """Read one line. Raises ValueError for what tlog-policy forbids."""
    known = policy.witnesses.keys() | policy.groups.keys()
    match words:
        case ["log", vkey, *_]:
            policy.logs.append(_new(read_key(vkey), LOG, policy.logs))
        case ["witness", name, vkey, *_] if name not in known | {"none"}:
            policy.witnesses[name] = _new(read_key(vkey), WITNESS, list(policy.witnesses.values()))
        case ["group", name, least, *members] if name not in known | {"none"} and members and set(members) <= known:
            taken = [one for _, group in policy.groups.values() for one in group]
            count = {"any": 1, "all": len(members)}.get(least) or int(least)
            if not 1 <= count <= len(members) or len({*taken, *members}) != len(taken) + len(members):
                raise ValueError("group")
            policy.groups[name] = (count, members)
        case ["quorum", name] if not policy.quorum and name in known | {"none"}:
            policy.quorum = name
        case _:
            raise ValueError("line")


def _new(key: Key, kind: int, others: list[Key]) -> Key:
    if key.kind != kind or any(key.public == other.public for other in others):
        raise ValueError("key")
    return key
