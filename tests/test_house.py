"""The house rules, read from the syntax tree, so that a rule nobody remembers still holds."""

import ast
import re
import subprocess
import sys
import tomllib
import warnings
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tepati import errors
from tepati.store.schema import TABLES

ROOT = Path(__file__).resolve().parents[1]
SRC = ROOT / "src" / "tepati"

FILES_AND_SOCKETS = ("app/", "app.py", "ports/", "store/", "vault/root.py", "vault/folder.py")
# A room that reads or writes a file of its own, and why.
READS_FILES = {
    "cli/check.py": "the notice somebody names on the command line",
    "cli/agreement.py": "hashes the paper named on the command line; only its SHA-256 is kept",
}
# Who opens a writing transaction beside the desk, and why that writes no effect.
CLAIMS = {
    "flows/acts/deliver.py": "claims and releases rows of the outbox; the letter itself is opened through the desk",
    "flows/tick.py": "claims and releases duties; what a duty does goes through the desk",
}
# Who makes a permit beside ``decide``, and why that opens nothing the notice does not allow.
SEALS = {
    "flows/desk.py": "``Sheet.entering``: what admit() admitted, or a new member of staff, is sealed as it enters;"
    " ``Sheet.unveiling``: a member's own openings, or those that a security case of two opens",
}
# Acts of several steps, days apart, whose steps are named for what people do.
STEPS = {
    "flows/acts/erase.py": "an erasure is requested, cancelled, performed and completed",
    "flows/acts/staff.py": "staff are welcomed, bound by an undertaking, and sign in",
    "flows/acts/decoys.py": "a decoy is marked; nothing else is done with it",
}
ROOMS_WITH_SQL = ("store/", "registers/", "vault/", "ledger/", "board/tally.py")  # the tally is the board's own sum
BANNED_NAMES = {"utils", "util", "helpers", "helper", "manager", "managers", "base", "common", "misc"}
LONG_FILES = {
    "notice/model.py": "the one description of the language: loader, schema and spec follow from it",
    "ledger/verify.py": "an auditor reads one file and its two: what checks the company is not spread over more",
}
LONG_FUNCTIONS: dict[str, str] = {}  # "file:function" -> why
MAX_LINES, MAX_STATEMENTS = 300, 30


@cache
def tree_of(path: Path) -> ast.Module:
    """Parse a module once."""
    return ast.parse(path.read_text("utf-8"), str(path))


def modules(under: str = "") -> list[Path]:
    """List the package's modules, sorted, generated ones included."""
    return sorted((SRC / under).rglob("*.py"))


def short(path: Path) -> str:
    """Name a module relative to the package."""
    return path.relative_to(SRC).as_posix()


def within(name: str, places: tuple[str, ...] | dict[str, str]) -> bool:
    """Whether a module stands in one of the places (a file, or a folder that ends with a slash)."""
    return any(name == place or (place.endswith("/") and name.startswith(place)) for place in places)


def aliases(tree: ast.Module) -> dict[str, str]:
    """Map local names to what they import: ``import os as x`` -> ``{"x": "os"}``."""
    out: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            out |= {a.asname or a.name.split(".")[0]: a.name if a.asname else a.name.split(".")[0] for a in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            out |= {a.asname or a.name: f"{node.module}.{a.name}" for a in node.names}
    return out


def imported(tree: ast.Module) -> set[str]:
    """List everything a module imports, lazily or not."""
    out: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            out |= {a.name for a in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            out |= {node.module} | {f"{node.module}.{a.name}" for a in node.names}
    return out


def dotted(node: ast.expr, names: dict[str, str]) -> str:
    """Write an expression as the dotted name it stands for, or ''."""
    if isinstance(node, ast.Name):
        return names.get(node.id, node.id)
    if isinstance(node, ast.Attribute):
        left = dotted(node.value, names)
        return f"{left}.{node.attr}" if left else ""
    return ""


def strings(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Every string of a module that is not a docstring, f-strings with their literal parts joined."""
    prose = {
        id(n.body[0].value)
        for n in ast.walk(tree)
        if isinstance(n, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and n.body
        and isinstance(n.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            prose |= {id(part) for part in node.values}
            yield node.lineno, "".join(str(p.value) if isinstance(p, ast.Constant) else "?" for p in node.values)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in prose:
            yield node.lineno, node.value


def tracked() -> list[Path]:
    """List what is committed or about to be; without git, everything that is not hidden or made."""
    git = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "-z"], cwd=ROOT, capture_output=True, check=False
    )
    if git.returncode == 0:
        return [p for n in git.stdout.decode().split("\0") if n and (p := ROOT / n).is_file()]
    return [p for p in ROOT.rglob("*") if p.is_file() and ".venv" not in p.parts and "__pycache__" not in p.parts]


def none(faults: list[str]) -> None:
    """Fail with all faults at once."""
    assert not faults, "\n" + "\n".join(faults)


# --- who knows whom ---------------------------------------------------------------------------------------------------


def test_the_import_contracts_hold() -> None:
    """A room imports only from below; acts are independent; only the desk opens the vault."""
    code = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True))"
    ran = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, 'src'); {code}"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_the_verifier_knows_only_entry_and_tree() -> None:
    """An auditor reads ledger/verify.py in ten minutes."""
    inside = {n for n in imported(tree_of(SRC / "ledger/verify.py")) if n.startswith("tepati")}
    allowed = ("tepati.ledger.entry", "tepati.ledger.tree", "tepati.errors")
    none([n for n in inside if not n.startswith(allowed) and n not in {"tepati", "tepati.ledger"}])


def test_nothing_opens_the_store_by_a_second_sqlite() -> None:
    """Closing a second library's handle drops the first one's locks on the file (sqlite.org/howtocorrupt.html 2.2)."""
    second = ("sqlite3", "sqlalchemy", "aiosqlite")
    none([f"{short(p)}: {n}" for p in modules() for n in imported(tree_of(p)) if n.split(".")[0] in second])


# --- clock, randomness, files, sockets --------------------------------------------------------------------------------

CLOCK = re.compile(
    r"(datetime\.)?(datetime|date)\.(now|utcnow|today)"
    r"|time\.(time|monotonic|perf_counter|process_time)(_ns)?|time\.(sleep|localtime|gmtime)"
    r"|os\.(urandom|getrandom)|(secrets|random)(\..+)?|uuid\.uuid[1467]"
)


def references(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Every name and attribute of a module as the dotted name it stands for."""
    names = aliases(tree)
    imports = set(names.values())
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) or (isinstance(node, ast.Name) and node.id in names):
            name = dotted(node, names)
            if name.split(".")[0] in {i.split(".")[0] for i in imports}:
                yield node.lineno, name


def test_clock_and_randomness_are_read_in_app_only() -> None:
    """Every instant and every secret can be chosen by a test."""
    none([
        f"{short(p)}:{line}: {name}"
        for p in modules() if not within(short(p), ("app/", "app.py"))
        for line, name in references(tree_of(p)) if CLOCK.fullmatch(name)
    ])  # fmt: skip


FILE_CALLS = {"open", "io.open", "os.open", "os.fdopen", "tempfile.mkstemp", "tempfile.TemporaryFile"}
FILE_METHODS = {"read_text", "read_bytes", "write_text", "write_bytes", "unlink", "touch"}
SOCKETS = {"socket", "asyncio.open_connection", "asyncio.start_server", "http.client", "urllib.request", "smtplib"}


def opens(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Find calls that open a file and imports that open a socket; what the package itself brings is no file."""
    names = aliases(tree)
    methods = {"open"} if "importlib.resources.files" in names.values() else FILE_METHODS
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and dotted(node.func, names) in FILE_CALLS:
            yield node.lineno, dotted(node.func, names)
        elif (
            isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in methods - {"open"}
        ):
            yield node.lineno, node.func.attr
    used = {name for _, name in references(tree)} | imported(tree)
    yield from ((1, n) for n in used if n in SOCKETS or n.startswith("socket."))


def test_files_and_sockets_are_opened_in_few_places() -> None:
    """What leaves or enters the process can be read in four rooms."""
    none([
        f"{short(p)}:{line}: {what}"
        for p in modules() if not within(short(p), FILES_AND_SOCKETS) and not within(short(p), READS_FILES)
        for line, what in opens(tree_of(p))
    ])  # fmt: skip


# --- the one door -----------------------------------------------------------------------------------------------------

WRITES = re.compile(r"\s*(INSERT\s+INTO|UPDATE\s+\S+\s+SET|DELETE\s+FROM|COPY\s|MERGE\s|DROP\s|ALTER\s|CREATE\s)")
READS = re.compile(r"\s*SELECT\s")


def test_sql_stands_in_the_rooms_that_keep_things() -> None:
    """Acts, surfaces and judges know no SQL; what writes stands in registers, vault, ledger and store."""
    faults = []
    for path in modules():
        name = short(path)
        if within(name, ROOMS_WITH_SQL):
            continue
        for line, text in strings(tree_of(path)):
            if WRITES.match(text) or (READS.match(text) and not name.startswith(("rules/standing", "board/", "app/"))):
                faults.append(f"{name}:{line}: {text[:60]}")
    none(faults)


def test_only_the_desk_opens_a_writing_transaction() -> None:
    """``store.write`` is called by the desk, alone or for many acts, the rooms below with durable steps, and app."""
    places = ("flows/desk.py", "flows/together.py", "app/", "app.py", "store/", "vault/", "ledger/")
    none([
        f"{short(p)}:{node.lineno}"
        for p in modules() if not within(short(p), places) and not within(short(p), CLAIMS)
        for node in ast.walk(tree_of(p))
        if isinstance(node, ast.Attribute) and node.attr == "write" and isinstance(node.value, ast.Attribute | ast.Name)
        and (node.value.attr if isinstance(node.value, ast.Attribute) else node.value.id) == "store"
    ])  # fmt: skip


def test_only_decide_mints_a_permit() -> None:
    """No other call of ``Permit(...)`` in the package: forgetting to ask fails closed."""
    none([
        f"{short(p)}:{node.lineno}"
        for p in modules() if short(p) not in {"rules/decide.py", "rules/facts.py", *SEALS}
        for node in ast.walk(tree_of(p))
        if isinstance(node, ast.Call) and dotted(node.func, aliases(tree_of(p))).split(".")[-1] == "Permit"
    ])  # fmt: skip


def test_an_act_is_one_public_coroutine_named_as_its_file() -> None:
    """One act, one file, one door into it."""
    faults = []
    for path in modules("flows/acts"):
        public = [
            n for n in tree_of(path).body if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef) and n.name[0] != "_"
        ]
        coroutines = [n.name for n in public if isinstance(n, ast.AsyncFunctionDef)]
        if path.stem != "__init__" and path.stem not in coroutines and short(path) not in STEPS:
            faults.append(f"{short(path)}: no `async def {path.stem}`")
    none(faults)


# --- data of persons --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "table", [t for t in TABLES if any(c.name == "person" for c in t.columns)], ids=lambda t: t.name
)
def test_every_table_of_a_person_has_a_fate(table) -> None:
    """Erasing a person says for every table what becomes of their rows; ``person`` leads its key (rule 1)."""
    assert table.fate in {"delete", "unlink"}
    assert table.name == "ident" or table.key[0] == "person"


# --- words ------------------------------------------------------------------------------------------------------------


def flat(table: dict, before: str = "") -> dict[str, str]:
    """Flatten a wording file to dotted keys."""
    out: dict[str, str] = {}
    for key, value in table.items():
        out |= flat(value, f"{before}{key}.") if isinstance(value, dict) else {f"{before}{key}": str(value)}
    return out


def wording(lang: str) -> dict[str, dict[str, str]]:
    """Read all wording of a language: area -> key -> words."""
    files = sorted((SRC / "notice/wording" / lang).glob("*.toml"))
    return {f.stem: flat(tomllib.loads(f.read_text("utf-8"))) for f in files}


def test_every_word_stands_in_both_languages() -> None:
    """Same areas, keys and placeholders; nothing empty."""
    ours, theirs = wording("id"), wording("en")
    assert ours.keys() == theirs.keys()
    faults = []
    for area in ours:
        faults += [f"{area}.{k}: in one language only" for k in ours[area].keys() ^ theirs[area].keys()]
        for key in ours[area].keys() & theirs[area].keys():
            left, right = (sorted(set(re.findall(r"\{(\w+)", w[area][key]))) for w in (ours, theirs))
            faults += [f"{area}.{key}: {left} != {right}"] if left != right else []
            faults += [f"{area}.{key}: empty"] if not (ours[area][key].strip() and theirs[area][key].strip()) else []
    none(faults)


CALL = re.compile(r'\bsay\("([\w.]+)"((?:[^()]|\((?:[^()]|\([^()]*\))*\))*)\)')


def test_a_sentence_says_what_its_page_gives_it() -> None:
    """Every value that a template gives a sentence stands in it: else the words are those of something else."""
    have = {key: said for area in ("site", "console", "centre", "board") for key, said in wording("en")[area].items()}
    faults, looked = [], 0
    for path in sorted((SRC / "web").rglob("*.html")):
        for key, given in CALL.findall(path.read_text("utf-8")):
            flattened = re.sub(r"\((?:[^()]|\([^()]*\))*\)", "", given)
            for name in re.findall(r",\s*(\w+)=", flattened) if key in have else ():
                looked += 1
                faults += [f"{path.name}: {key} does not say {name}"] if f"{{{name}" not in have[key] else []
    assert looked > 100, "the search works"
    none(faults)


PLAIN = re.compile(r"""["']([A-Za-z][\w.-]*)["']""")
STEM = re.compile(r"""f["']([a-z][\w.-]*[._])\{|["']([a-z][\w.-]*[._])["'] ?~""")
MADE = {  # beginnings of keys that code makes of parts: of a voice, of a table, of what a notice declares
    "board": ("cause.", "repair."),
    "check": ("unknown-",),
    "mail": ("message_",),
    "notice": ("asker.", "category.", "dimension.", "document.", "entry.", "population.", "role.", "way."),
    "site": ("booked.", "form.", "formed.", "verify_result."),
}


def test_no_word_is_left_over() -> None:
    """Every key of the wording files is said somewhere: by its name, by a stem in code, or of parts (``MADE``)."""
    files = [p for p in SRC.rglob("*") if p.suffix in {".py", ".html"} or p.name == "lint.toml"]
    code = "\n".join(p.read_text("utf-8") for p in files)
    plain, stems = set(PLAIN.findall(code)), tuple({a or b for a, b in STEM.findall(code)})
    faults = []
    for area, keys in wording("en").items():
        for key in keys:
            whole = key.partition(".")[0] if area in {"check", "mail"} else key
            if not (whole in plain or key.startswith((*stems, *MADE.get(area, ())))):
                faults.append(f"{area}.{key}: nobody says it")
    none(faults)


def kinds() -> set[str]:
    """Name every class of error of ours, those that a room adds too."""
    known = {n for n, c in vars(errors).items() if isinstance(c, type) and issubclass(c, errors.TepatiError)}
    for path in modules():
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.ClassDef) and known & {dotted(b, {}).split(".")[-1] for b in node.bases}:
                known.add(node.name)
    return known


def codes() -> Iterator[tuple[str, str]]:
    """Every literal code with which an error of ours is raised."""
    known = kinds()
    for path in modules():
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.Call) and dotted(node.func, {}).split(".")[-1] in known and node.args:
                first = node.args[0]
                if isinstance(first, ast.Constant) and isinstance(first.value, str):
                    yield f"{short(path)}:{node.lineno}", first.value


def values(node: ast.AST) -> Iterator[str]:
    """Every literal text that is a value of a dict below a node."""
    for one in ast.walk(node):
        found = [one.value] if isinstance(one, ast.DictComp) else one.values if isinstance(one, ast.Dict) else []
        yield from (v.value for v in found if isinstance(v, ast.Constant) and isinstance(v.value, str))


def faults_of(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Every literal code of a faulty field: in what ``BadInput`` is given, and in the names that lead there."""
    raised = [n for n in ast.walk(tree) if isinstance(n, ast.Call) and dotted(n.func, {}).split(".")[-1] == "BadInput"]
    given = [n.args[1] for n in raised if len(n.args) > 1] + [k.value for n in raised for k in n.keywords if not k.arg]
    names = {"faults"} | {n.id for n in given if isinstance(n, ast.Name)}
    for node in [*given, *ast.walk(tree)]:
        match node:
            case ast.Assign(targets=[ast.Subscript(value=ast.Name(id=name))], value=ast.Constant(value=str(code))):
                yield from [(node.lineno, code)] if name in names else []
            case ast.Assign(targets=[ast.Name(id=name)], value=said) if name in names:
                yield from ((node.lineno, code) for code in values(said))
            case (
                ast.AugAssign(target=ast.Name(id=name), value=said)
                | ast.NamedExpr(target=ast.Name(id=name), value=said)
            ) if name in names:
                yield from ((node.lineno, code) for code in values(said))
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id=name), attr="setdefault"), args=[_, ast.Constant(value=str(code))]
            ):
                yield from [(node.lineno, code)] if name in names else []
            case ast.FunctionDef(name="_faults"):
                yield from ((node.lineno, code) for code in values(node))
            case ast.Dict() | ast.DictComp() if node in given:
                yield from ((node.lineno, code) for code in values(node))


def test_every_error_has_words() -> None:
    """What happened and what to do, in both languages, for every code that can be raised."""
    have = wording("en").get("errors", {})
    none(sorted({f"{where}: errors.{code} has no words" for where, code in codes() if code not in have}))


def test_every_fault_of_a_field_has_words() -> None:
    """Beside each field stands what is wrong with it; such words need no value, for a field brings none."""
    have = wording("en").get("errors", {})
    found = {(f"{short(p)}:{line}", code) for p in modules() for line, code in faults_of(tree_of(p))}
    assert {code for _, code in found} >= {"password_short", "too_long", "missing", "line_break"}, "the search works"
    none(sorted(f"{where}: errors.{code} has no words" for where, code in found if code not in have))
    none(sorted(f"{where}: errors.{code} needs a value" for where, code in found if "{" in have[code]))


INDONESIAN = re.compile(r"\b(yang|untuk|dengan|tidak|Anda|dari|akan|sudah|belum|atau|pelindungan|pesanan)\b")
SPEAKS_INDONESIAN = {
    "notice/labels.py": "the form of address is a value of the language",
    "notice/model.py": "likewise",
    "notice/prose.py": "finds vague words in notices, which are in Indonesian",
    "notice/speech.py": "months, numbers and durations as people write them",
    "notice/values.py": "words of the language of notices",
    "rules/forms.py": "what people type for no",
    "rules/types.py": "likewise",
    "web/addresses.py": "paths of pages, which people read and type",
}


def test_indonesian_stands_in_wording_files_only() -> None:
    """Code is English; what people read comes from files a translator can mend."""
    none([
        f"{short(p)}:{line}: {text[:50]!r}"
        for p in modules() if not within(short(p), SPEAKS_INDONESIAN)
        for line, text in strings(tree_of(p)) if INDONESIAN.search(text)
    ])  # fmt: skip


# --- surfaces ---------------------------------------------------------------------------------------------------------

ROUTES = {"get", "post", "put", "patch", "delete", "head", "route", "websocket", "asgi"}


def test_handlers_and_guards_are_async() -> None:
    """A synchronous handler or guard costs a hop to a thread (50 us) and leaves the loop's transaction rules."""
    faults = []
    for path in modules("web"):
        names = aliases(tree_of(path))
        for node in ast.walk(tree_of(path)):
            if not isinstance(node, ast.FunctionDef):
                continue
            marks = [dotted(d.func if isinstance(d, ast.Call) else d, names) for d in node.decorator_list]
            if any(m.startswith("litestar") and m.split(".")[-1] in ROUTES for m in marks):
                faults.append(f"{short(path)}:{node.lineno}: {node.name} is no `async def`")
            if node.args.args and "ASGIConnection" in ast.dump(node.args.args[0]) and node.name.startswith("guard"):
                faults.append(f"{short(path)}:{node.lineno}: guard {node.name} is no `async def`")
    none(faults)


def _typed(readme: str) -> list[str]:
    """Return the commands to type, with what stands for a number under one name."""
    shown = re.findall(r"^(\./tepati [^#\n]*?) *(?:#.*)?$", readme, re.MULTILINE)
    return [line.replace("NOMOR", "NUMBER") for line in shown]


def test_readme_commands_are_those_of_help() -> None:
    """What the README tells people to type exists, and its list of commands is that of ``tepati --help``."""
    from tepati.cli.main import COMMANDS

    readme = (ROOT / "README.md").read_text("utf-8")
    block = re.search(r"## Commands\n\n```text\n(.*?)```", readme, re.DOTALL)
    assert block
    listed = [(line.split()[0], " ".join(line.split()[1:])) for line in block.group(1).splitlines()]
    assert listed == [(name, line) for name, (_, line) in COMMANDS.items()]
    typed = {name: _typed((ROOT / name).read_text("utf-8")) for name in ("README.md", "README.id.md")}
    assert set(re.findall(r"\./tepati ([a-z][a-z-]*)", readme)) <= set(COMMANDS)
    assert typed["README.id.md"] == typed["README.md"], "the two READMEs tell the same"
    none(
        [f"{name}: no {module}.py" for name, (module, _) in COMMANDS.items() if not (SRC / f"cli/{module}.py").exists()]
    )


# --- size and names ---------------------------------------------------------------------------------------------------


def statements(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Count statements as pylint does: every statement below the definition but its docstring."""
    return sum(isinstance(n, ast.stmt) for n in ast.walk(node)) - 1 - (ast.get_docstring(node) is not None)


def test_files_stay_readable() -> None:
    """At most 300 lines a file, or a reason above."""
    long = {short(p): n for p in modules() if (n := len(p.read_text("utf-8").splitlines())) > MAX_LINES}
    none([f"{name}: {n} lines" for name, n in long.items() if name not in LONG_FILES])
    none([f"{name}: short again, take it off the list" for name in LONG_FILES if name not in long])


def test_functions_stay_readable() -> None:
    """At most 30 statements a function, or a reason above; a warning from 25 on."""
    sizes = {
        f"{short(p)}:{node.name}": statements(node)
        for p in modules()
        for node in ast.walk(tree_of(p))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    none([f"{name}: {n} statements" for name, n in sizes.items() if n > MAX_STATEMENTS and name not in LONG_FUNCTIONS])
    none([f"{name}: short again" for name in LONG_FUNCTIONS if sizes.get(name, 0) <= MAX_STATEMENTS])


def test_no_file_is_named_for_nothing() -> None:
    """A room's files are named for what they hold."""
    none([short(p) for p in modules() if p.stem in BANNED_NAMES or p.parent.name in BANNED_NAMES])


def test_every_module_says_its_rule() -> None:
    """A module's first line names its room and its rule."""
    none([short(p) for p in modules() if p.stem != "__init__" and not ast.get_docstring(tree_of(p))])


# --- the repository ---------------------------------------------------------------------------------------------------

# put together here, so that this file does not name them either
PLACES = [
    "/wo" + "rk/", "/op" + "t/pyp" + "i", "/tm" + "p/brief", "/ro" + "ot/", "/home/" + "[a-z]",
    "pypi" + r"\.org", "pythonhosted" + r"\.org", "proxy" + r"\.golang\.org", "registry" + r"\.npmjs",
    "--index-" + "url",
]  # fmt: skip
BINARY = {".png", ".woff2", ".jpg", ".ico", ".pdf", ".webp"}


def test_nothing_names_a_machine() -> None:
    """No path of a developer's machine and no address of a package registry is committed."""
    place = re.compile("|".join(PLACES))
    faults = []
    for path in tracked():
        if path.suffix in BINARY or path == Path(__file__).resolve():
            continue
        for number, line in enumerate(path.read_text("utf-8", "replace").splitlines(), 1):
            if found := place.search(line):
                faults.append(f"{path.relative_to(ROOT)}:{number}: {found.group()}")
    none(faults)


def test_every_requirement_is_pinned_by_hash() -> None:
    """What was locked is what is installed; the lock carries no address; core stays within 50 packages."""
    for name in ("core", "dev", "hsm"):
        text = (ROOT / f"requirements/{name}.txt").read_text("utf-8")
        pins = re.findall(r"(?m)^([a-z0-9._-]+)(\[[a-z,]+\])?==\S+.*\\$", text)
        assert pins
        assert len(pins) == len(re.findall(r"(?m)^[a-z]", text))
        assert len(re.findall(r"--hash=sha256:[0-9a-f]{64}", text)) >= len(pins)
        assert "://" not in text
        assert name != "core" or len(pins) <= 50


def documents() -> list[Path]:
    """List the prose of the repository."""
    return [p for p in tracked() if p.suffix == ".md"]


def test_links_between_documents_lead_somewhere() -> None:
    """A relative link names a file that exists, and a heading it has."""
    faults = []
    for path in documents():
        for target in re.findall(r"\]\(([^)\s]+)\)", path.read_text("utf-8")):
            if re.match(r"[a-z]+:", target):
                continue
            file, _, _anchor = target.partition("#")
            if file and not (path.parent / file).exists():
                faults.append(f"{path.relative_to(ROOT)}: {target}")
    none(faults)


@pytest.mark.parametrize(
    ("name", "headings"),
    [
        ("spec/vault.md", ["keys", "bytes", "key store", "crash", "roll", "restore", "refused", "limits"]),
        ("spec/ledger.md", ["entry", "opening", "tree", "checkpoint", "receipt", "verif", "vector"]),
        ("threat-model.md", ["asset", "attacker", "residual|remains"]),
    ],
)
def test_documents_have_their_headings(name, headings) -> None:
    """A format's spec stands beside the code, with bytes; each thing it must tell has a heading or is in one."""
    text = (ROOT / "docs" / name).read_text("utf-8").lower()
    found = " ".join(re.findall(r"(?m)^#+ (.*)$", text))
    none([f"{name}: no heading tells {h}" for h in headings if not re.search(h, found)])


@pytest.mark.parametrize("name", ["vault", "ledger"])
def test_a_spec_names_its_vectors(name) -> None:
    """A format is what its vectors say: the spec leads to them, and they are there."""
    assert f"tests/vectors/{name}" in (ROOT / f"docs/spec/{name}.md").read_text("utf-8")
    assert any((ROOT / f"tests/vectors/{name}").iterdir())


def test_every_decision_says_what_it_costs() -> None:
    """One page, at most 50 lines, the cost is compulsory."""
    records = sorted((ROOT / "docs/decisions").glob("*.md"))
    assert records
    for path in records:
        text = path.read_text("utf-8")
        assert "## What it costs us" in text, path.name
        assert len(text.splitlines()) <= 50, path.name


def test_threat_model_names_tests_that_exist() -> None:
    """Every defence that cites a test cites one that is there."""
    cited = set(re.findall(r"`(tests/[\w/.-]+?\.(?:py|txt))(?:::(\w+))?`", (ROOT / "docs/threat-model.md").read_text()))
    faults = []
    for file, name in sorted(cited):
        path = ROOT / file
        if not path.exists():
            faults.append(f"{file}: no such file")
        elif name and f"def {name}(" not in path.read_text("utf-8"):
            faults.append(f"{file}: no {name}")
    none(faults)


def test_the_sources_parse_without_a_warning() -> None:
    """An invalid escape or a comparison by ``is`` is an error here, before Python makes it one."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for path in modules():
            compile(path.read_text("utf-8"), str(path), "exec")
