"""Three programs that others wrote agree with ours: Go's sumdb, tlog-scales, and aics-tlog (in a venv of its own)."""

import base64
import os
import shutil
import subprocess
import tempfile
import venv
from pathlib import Path

import pytest
from tlog_scales import backend, reader, signing, tlog

from tepati.ledger import tiles, tree
from tests.ledger.logs import SIGNER, WITNESS, entry, files

HERE = Path(__file__).parent / "outside"
SIZE = 1100
ENTRIES = [entry(i) for i in range(SIZE)]
AICS = "aics-tlog==0.2.1"


def absent(why):
    """Under CI nothing may be left out silently."""
    if os.environ.get("CI") == "true":
        pytest.fail(why)
    pytest.skip(why)


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    """An exported log of five bundles, with our own proofs beside it."""
    place = tmp_path_factory.mktemp("log")
    for path, data in files(ENTRIES).items():
        (place / path).parent.mkdir(parents=True, exist_ok=True)
        (place / path).write_bytes(data)
    made = tiles.grow(0, {}, [tree.leaf_hash(one) for one in ENTRIES])
    span = tiles.Tiles(SIZE, made).span
    lines = [["record", i, *tree.inclusion(i, SIZE, span)] for i in range(0, SIZE, 61)]
    lines += [["tree", n, tiles.Tiles(n, made).root(), *tree.consistency(n, SIZE, span)] for n in range(1, SIZE, 53)]
    text = [" ".join(base64.b64encode(w).decode() if isinstance(w, bytes) else str(w) for w in line) for line in lines]
    (place / "proofs").write_text("\n".join(text))
    return place


def test_go_sumdb_agrees(log):
    go, source = shutil.which("go"), Path("/usr/share/gocode/src/golang.org/x/mod/sumdb/tlog")
    if go is None or not source.is_dir():
        absent("Go's sumdb is not here: on Debian, apt-get install golang-go golang-golang-x-mod-dev")
    cache = Path(tempfile.gettempdir()) / f"tepati-go-{os.geteuid()}"
    world = {"PATH": os.environ["PATH"], "HOME": str(cache), "GOCACHE": str(cache / "build"), "GO111MODULE": "off",
             "GOPATH": "/usr/share/gocode", "GOFLAGS": "-trimpath", "GOPROXY": "off"}  # fmt: skip
    program = cache / "check"
    build = [go, "build", "-o", str(program), str(HERE / "main.go")]
    subprocess.run(build, env=world, check=True, capture_output=True, timeout=180)
    ran = subprocess.run([program, log, str(SIGNER.key)], capture_output=True, text=True, check=False, timeout=60)
    assert (ran.returncode, ran.stdout.strip()) == (0, f"ok {SIZE}"), ran.stdout + ran.stderr
    changed = log.parent / "changed"
    shutil.copytree(log, changed, dirs_exist_ok=True)
    one = changed / "tile/entries/001"
    one.write_bytes(one.read_bytes().replace(b"agree", b"erase", 1))
    ran = subprocess.run([program, changed, str(SIGNER.key)], capture_output=True, check=False, timeout=60)
    assert ran.returncode == 1


def test_tlog_scales_agrees(log):
    read = reader.TilesReader(backend.make_backend(str(log)))
    head = read.get_checkpoint()
    keys = signing.VkeySet(signing.Vkey.from_string(str(SIGNER.key)), signing.Vkey.from_string(str(WITNESS.key)))
    assert {key.name for key, _ in keys.verify(head.signatures, head)} == {SIGNER.name, WITNESS.name}
    assert read.calculate_root_hash() == head.root_hash
    made = tiles.grow(0, {}, [tree.leaf_hash(one) for one in ENTRIES])
    span = tiles.Tiles(SIZE, made).span
    for i in range(0, SIZE, 37):
        assert read.get_entry(i) == ENTRIES[i]
        assert read.get_inclusion_proof(i, SIZE).node_hashes == tree.inclusion(i, SIZE, span)
        tlog.InclusionProof(i, SIZE, tree.inclusion(i, SIZE, span)).check(tree.leaf_hash(ENTRIES[i]), head.root_hash)
    for n in range(1, SIZE, 37):
        proof = tree.consistency(n, SIZE, span)
        assert read.get_consistency_proof(n, SIZE).node_hashes == proof
        tlog.ConsistencyProof(n, SIZE, proof).check(tiles.Tiles(n, made).root(), head.root_hash)


def aics() -> Path:
    """Make the environment once, outside the work tree; it needs the package index the first time."""
    place = Path(tempfile.gettempdir()) / f"tepati-aics-{os.geteuid()}-0.2.1"
    python = place / "bin" / "python"
    if (place / "made").exists():
        return python
    options = ["-q", "--disable-pip-version-check", "--retries", "1", "--timeout", "8"]
    options += ["--no-deps", "--ignore-requires-python"]
    try:
        venv.create(place, with_pip=True, system_site_packages=False, clear=True)
        pip = [str(python), "-m", "pip", "install", *options, AICS]
        subprocess.run(pip, check=True, capture_output=True, timeout=120)
    except (subprocess.SubprocessError, OSError):
        absent(f"{AICS} cannot be installed: the package index is out of reach")
    # It needs ``cryptography``, which we have; nothing else of ours is lent to it.
    import cryptography

    (place / "made").write_text(str(Path(cryptography.__file__).parents[1]))
    return python


SCRIPT = """
import sys
sys.path.append(sys.argv[4])
from pathlib import Path
from aics_tlog import DirectoryTileStore, audit_tiles, parse_vkey, verify_checkpoint
from aics_tlog.checkpoint import checkpoint_from_note
place, log_key, witness_key = sys.argv[1:4]
head, note = checkpoint_from_note(Path(place, "checkpoint").read_bytes())
said = verify_checkpoint(note, parse_vkey(log_key), [parse_vkey(witness_key)], quorum=1)
assert said.ok, said
print("ok", head.size, audit_tiles(DirectoryTileStore(place), head.size, head.root))
"""


def test_aics_tlog_agrees(log):
    python = aics()
    lent = (python.parents[1] / "made").read_text()
    ran = subprocess.run(
        [str(python), "-c", SCRIPT, str(log), str(SIGNER.key), str(WITNESS.key), lent],
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.startswith(f"ok {SIZE}"), ran.stdout
