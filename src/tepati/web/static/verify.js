/* Checks a receipt in the browser, with no network: docs/spec/ledger.md section 6, the same steps as `tepati verify`.
   Keys come from what the reader pastes, never from this page. Needs WebCrypto with Ed25519; says so where it is not. */
"use strict";
(() => {
  const WORD = /^([A-Za-z][A-Za-z0-9_.:*\/-]{0,199})?$/, DIGEST = /^([0-9a-f]{64})?$/, DECIMAL = /^(0|[1-9][0-9]{0,15})$/;
  const LINE = ["act", "answer", "at", "leaves", "n", "notice", "opening", "openings", "promise", "purpose", "v"];
  const LOG = 1, WITNESS = 4, MOST = 1 << 20;
  const utf8 = new TextEncoder();

  class Wrong extends Error {}  // its message is the key of a sentence in the page
  const need = (holds, code) => { if (!holds) throw new Wrong(code); };

  // --- bytes

  const joined = (...parts) => {
    const all = parts.map(part => typeof part === "string" ? utf8.encode(part) : Uint8Array.from(part));
    const out = new Uint8Array(all.reduce((n, part) => n + part.length, 0));
    all.reduce((at, part) => (out.set(part, at), at + part.length), 0);
    return out;
  };
  const hash = async (...parts) => new Uint8Array(await crypto.subtle.digest("SHA-256", joined(...parts)));
  const hex = bytes => Array.from(bytes, byte => byte.toString(16).padStart(2, "0")).join("");
  const same = (a, b) => a.length === b.length && a.every((byte, i) => byte === b[i]);
  const unbase64 = text => {  // one spelling only
    let raw = "";
    try { raw = atob(text); } catch { throw new Wrong("unreadable"); }
    need(btoa(raw) === text, "unreadable");
    return Uint8Array.from(raw, char => char.charCodeAt(0));
  };
  const unhash = text => { const raw = unbase64(text); need(raw.length === 32, "unreadable"); return raw; };

  // --- what was signed: keys, heads, proofs (C2SP signed-note, tlog-checkpoint, tlog-cosignature, tlog-proof)

  const named = name => name !== "" && !/[+\s]/.test(name);

  async function readKey(vkey, kind) {
    const [name, id, ...rest] = vkey.split("+");
    const raw = unbase64(rest.join("+"));
    const key = { name, kind: raw[0], public: raw.slice(1), vkey };
    key.id = (await hash(name, "\n", raw)).slice(0, 4);
    need(named(name) && raw.length === 33 && key.kind === kind && hex(key.id) === id, "policy");
    return key;
  }

  function readHead(text) {
    const gap = text.lastIndexOf("\n\n");
    const body = text.slice(0, gap), tail = text.slice(gap + 2), lines = body.split("\n");
    need(gap > 0 && tail.endsWith("\n") && !/[\x00-\x09\x0b-\x1f]/.test(text), "unreadable");
    need(lines.length >= 3 && lines.every(line => line !== "") && DECIMAL.test(lines[1]), "unreadable");
    const signatures = tail.slice(0, -1).split("\n").map(line => {
      const [dash, name, ...rest] = line.split(" ");
      const raw = unbase64(rest.join(" "));
      need(dash === "\u2014" && named(name) && raw.length >= 5, "unreadable");
      return { name, raw };
    });
    need(signatures.length <= 64 && Number(lines[1]) <= Number.MAX_SAFE_INTEGER, "unreadable");
    return { origin: lines[0], size: Number(lines[1]), root: unhash(lines[2]), body: body + "\n", signatures };
  }

  function readProof(text) {
    const gap = text.indexOf("\n\n");
    const [first, ...lines] = text.slice(0, gap).split("\n");
    need(gap > 0 && first === "c2sp.org/tlog-proof@v1", "unreadable");
    if (lines.length && lines[0].startsWith("extra ")) lines.shift();  // not authenticated, so not looked at
    const index = lines.length && lines[0].startsWith("index ") ? lines[0].slice(6) : "";
    need(DECIMAL.test(index) && lines.length <= 64, "unreadable");
    return { index: Number(index), path: lines.slice(1).map(unhash), head: readHead(text.slice(gap + 2)) };
  }

  /** When `key` signed the head: seconds since 1970 for a witness, 0 for a log, null when it did not. */
  async function signedAt(head, key) {
    for (const { name, raw } of head.signatures) {
      if (name !== key.name || !same(raw.slice(0, 4), key.id)) continue;
      const witness = key.kind === WITNESS;
      const at = witness ? raw.slice(4, 12).reduce((n, byte) => n * 256 + byte, 0) : 0;
      const said = utf8.encode((witness ? `cosignature/v1\ntime ${at}\n` : "") + head.body);
      let taken;
      try {
        taken = await crypto.subtle.importKey("raw", key.public, "Ed25519", false, ["verify"]);
      } catch (fault) {
        throw new Wrong(fault.name === "NotSupportedError" ? "no_ed25519" : "policy");
      }
      need(await crypto.subtle.verify("Ed25519", taken, raw.slice(witness ? 12 : 4), said), "signature");
      return at;
    }
    return null;
  }

  // --- whom the reader trusts (C2SP tlog-policy)

  async function readPolicy(text) {
    const policy = { logs: [], witnesses: new Map(), groups: new Map(), quorum: "" };
    const known = name => policy.witnesses.has(name) || policy.groups.has(name);
    const fresh = (key, others) => need(others.every(other => !same(other.public, key.public)), "policy");
    const members = new Set();
    for (const line of text.split(/\r?\n/)) {
      const [kind, name, ...rest] = line.trim().split(/\s+/);
      if (kind === "" || kind.startsWith("#")) continue;
      if (kind === "log" && name) {
        const key = await readKey(name, LOG);
        fresh(key, policy.logs);
        policy.logs.push(key);
      } else if (kind === "witness" && rest.length && !known(name) && name !== "none") {
        const key = await readKey(rest[0], WITNESS);
        fresh(key, [...policy.witnesses.values()]);
        policy.witnesses.set(name, key);
      } else if (kind === "group" && rest.length > 1 && !known(name) && name !== "none") {
        const [least, ...all] = rest;
        const count = { any: 1, all: all.length }[least] ?? (DECIMAL.test(least) ? Number(least) : 0);
        need(count >= 1 && count <= all.length && all.every(known), "policy");
        for (const one of all) { need(!members.has(one), "policy"); members.add(one); }
        policy.groups.set(name, { count, all });
      } else {
        need(kind === "quorum" && rest.length === 0 && !policy.quorum && (known(name) || name === "none"), "policy");
        policy.quorum = name;
      }
    }
    need(policy.quorum !== "", "policy");
    return policy;
  }

  const met = (policy, signed, name) => {
    const group = policy.groups.get(name);
    if (group) return group.all.filter(one => met(policy, signed, one)).length >= group.count;
    return name === "none" || signed.has(name);
  };

  // --- the tree (RFC 9162 section 2.1.3.2)

  async function leadsTo(leaf, index, size, path, root) {
    if (!Number.isSafeInteger(index) || !Number.isSafeInteger(size) || index < 0 || index >= size) return false;
    let at = index, last = size - 1, found = leaf;
    for (const step of path) {
      if (last === 0) return false;
      if (at % 2 === 1 || at === last) {
        found = await hash([1], step, found);
        while (at % 2 === 0 && at !== 0) { at = at / 2; last = Math.floor(last / 2); }
      } else {
        found = await hash([1], found, step);
      }
      at = Math.floor(at / 2);
      last = Math.floor(last / 2);
    }
    return last === 0 && same(found, root);
  }

  // --- the receipt

  const only = (value, keys) => typeof value === "object" && value !== null && !Array.isArray(value)
    && Object.keys(value).every(key => keys.includes(key));
  const canonical = value => {
    if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
    if (typeof value !== "object" || value === null) return JSON.stringify(value);
    return `{${Object.keys(value).sort().map(key => `${JSON.stringify(key)}:${canonical(value[key])}`).join(",")}}`;
  };

  function readLine(text) {
    let line;
    try { line = JSON.parse(text); } catch { return null; }
    const count = key => Number.isSafeInteger(line[key]) && line[key] >= 0;
    const sound = only(line, LINE) && Object.keys(line).length === LINE.length && canonical(line) === text
      && ["act", "answer", "promise", "purpose"].every(key => typeof line[key] === "string" && WORD.test(line[key]))
      && ["notice", "opening"].every(key => typeof line[key] === "string" && DIGEST.test(line[key]))
      && ["at", "leaves", "n", "openings"].every(count) && line.act !== "" && line.v === 1
      && line.at % 60000000 === 0 && (line.leaves > 0) === (line.opening !== "");
    return sound ? line : null;
  }

  async function checkOpening(report, part, line) {
    need(only(part, ["party", "index", "size", "path", "salt", "payload"]) && Array.isArray(part.path)
      && typeof part.party === "string", "unreadable");
    report.opening = "closed";
    if (typeof part.salt !== "string" || typeof part.payload !== "string") return;
    const salt = unhash(part.salt), party = utf8.encode(part.party);
    const head = joined("tepati/opening/v1\n", salt, [party.length >> 8, party.length & 255], party);
    const leaf = await hash([0], head, part.payload);
    const root = Uint8Array.from(line.opening.match(/../g) || [], pair => parseInt(pair, 16));
    if (await leadsTo(leaf, part.index, part.size, part.path.map(unhash), root)) report.opening = "opened";
    else report.findings.push("opening");
  }

  async function checkRecord(report, receipt) {
    report.record = "unbound";
    if (report.opening !== "opened") return;
    let said;
    try { said = JSON.parse(receipt.opening.payload); } catch { return; }
    if (typeof said !== "object" || said === null || said.record === undefined) return;
    report.record = "bound";
    if (hex(await hash(canonical(receipt.record))) !== said.record) report.findings.push("record");
  }

  async function judge(report, head, policy) {
    if (policy === null) return;
    const logs = policy.logs.filter(key => key.name === head.origin);
    let signed = false;
    try {
      for (const key of logs) signed = await signedAt(head, key) !== null || signed;
      for (const [name, key] of policy.witnesses) {
        const at = await signedAt(head, key);
        if (at !== null) report.cosigned.set(name, at);
      }
    } catch (fault) {
      if (!(fault instanceof Wrong)) throw fault;
      report.findings.push(fault.message);
      return;
    }
    if (!signed) report.findings.push("unsigned");
    const enough = met(policy, report.cosigned, policy.quorum);
    report.standing = report.cosigned.size && enough ? "witnessed" : "unwitnessed";
    if (!enough) report.findings.push("quorum");
  }

  async function verify(text, policy) {
    const report = { findings: [], standing: "unpinned", cosigned: new Map(), opening: "none", record: "none" };
    try {
      const receipt = JSON.parse(text);
      need(only(receipt, ["tepati", "line", "proof", "opening", "record"]) && receipt.tepati === "receipt/v1"
        && typeof receipt.line === "string" && typeof receipt.proof === "string", "unreadable");
      const { index, path, head } = readProof(receipt.proof);
      Object.assign(report, { index, head, receipt });
      await judge(report, head, policy);
      if (!await leadsTo(await hash([0], receipt.line), index, head.size, path, head.root)) report.findings.push("not_included");
      report.line = readLine(receipt.line);
      if (report.line === null) report.findings.push("not_a_line");
      else if (receipt.opening) await checkOpening(report, receipt.opening, report.line);
      if (report.line && receipt.record) await checkRecord(report, receipt);
    } catch (fault) {
      if (!(fault instanceof Wrong || fault instanceof SyntaxError)) throw fault;
      report.findings.push("unreadable");
    }
    return report;
  }

  // --- the page: words stand in it, values are set as text only

  const $ = id => document.getElementById(id);
  const form = $("periksa"), out = $("hasil");
  if (!form || !out) return;
  const words = {};
  for (const one of $("kata").content.querySelectorAll("[data-k]")) words[one.dataset.k] = one.textContent;
  const say = (key, values = {}) => Object.entries(values).reduce((text, [k, v]) => text.replace(`{${k}}`, v), words[key] || key);
  const put = (tag, text, parent) => {
    const made = document.createElement(tag);
    made.textContent = text;
    parent.append(made);
    return made;
  };
  const time = seconds => new Date(seconds * 1000).toISOString().slice(0, 16).replace("T", " ") + " UTC";

  function draw(report) {
    out.replaceChildren();
    const sound = report.findings.length === 0;
    const verdict = !sound ? (report.findings.includes("no_ed25519") ? "unchecked" : "bad")
      : report.standing === "unpinned" ? "unpinned" : "good";
    const state = put("p", "", out);
    put("span", say(`verdict_${verdict}`), state).className = `state ${{ good: "kept", unpinned: "due", bad: "broken", unchecked: "gap" }[verdict]}`;
    put("h2", say(`title_${verdict}`), out).tabIndex = -1;
    if (report.findings.length) {
      const list = put("ul", "", out);
      for (const code of report.findings) put("li", say(`found_${code}`), list);
    }
    if (verdict === "good" || verdict === "unpinned") put("p", say(`standing_${report.standing}`), out);
    if (report.record === "bound" && sound) {
      const told = report.receipt.record.in_words;
      const said = told && told[document.documentElement.lang];
      if (Array.isArray(said)) {
        put("h3", say("words"), out);
        const list = put("ul", "", out);
        list.className = "list";
        for (const each of said) put("li", String(each), list);
      }
    }
    const facts = put("dl", "", out);
    facts.className = "facts";
    const fact = (name, value) => {
      const row = put("div", "", facts);
      put("dt", say(`fact_${name}`), row);
      put("dd", value, row);
    };
    if (report.head) {
      fact("log", report.head.origin);
      fact("head", say("size", { n: report.head.size, root: hex(report.head.root) }));
    }
    if (report.line) {
      fact("line", `${report.index}: ${report.line.act}, ${report.line.answer}, ${report.line.promise}`);
      fact("time", time(report.line.at / 1e6));
    }
    for (const [name, at] of report.cosigned) fact("witness", `${name}, ${time(at)}`);
    if (report.opening !== "none") fact("opening", say(`opening_${report.opening}`));
    if (report.opening === "opened") fact("payload", report.receipt.opening.payload);
    if (report.record !== "none") fact("record", say(`record_${report.record}`));
    out.dataset.verdict = verdict;
    out.hidden = false;
    out.querySelector("h2").focus();
  }

  async function run() {
    const file = $("berkas").files[0];
    if (!file) return $("berkas").focus();
    const text = file.size <= MOST ? await file.text() : "";
    const pinned = $("kunci").value.trim();
    let policy = null;
    try {
      if (pinned) policy = await readPolicy(pinned);
    } catch (fault) {
      if (!(fault instanceof Wrong)) throw fault;
      return draw({ findings: ["policy"], standing: "unpinned", cosigned: new Map(), opening: "none", record: "none" });
    }
    return draw(await verify(text, policy));
  }

  if (!window.crypto || !crypto.subtle) {
    $("tanpa").hidden = false;
    return;
  }
  form.addEventListener("submit", event => { event.preventDefault(); run(); });
  form.hidden = false;
})();
