/* Judges a draft of the notice while it is typed: sends the form as its button would, shows the answer. Text and form
   follow each other: the server puts a value of the form into the text, where it stands. Nothing is stored. */
"use strict";
(() => {
  const form = document.getElementById("draf"), text = document.getElementById("teks");
  const verdict = document.getElementById("hasil"), list = document.getElementById("temuan");
  const words = Object.fromEntries(Array.from(document.getElementById("kata").content.children,
    each => [each.dataset.k, each.textContent]));
  const COLOURS = { error: "broken", warning: "due" }, PAUSE = 700;  // ms without a key
  let timer = 0, asked = 0;

  const made = (name, ...inside) => { const node = document.createElement(name); node.append(...inside); return node; };

  function go(line) {  // to a line of the text
    const lines = text.value.split("\n"), from = lines.slice(0, line - 1).join("\n").length + (line > 1 ? 1 : 0);
    text.focus();
    text.setSelectionRange(from, from + (lines[line - 1] || "").length);
    text.scrollTop = text.scrollHeight * (line - 4) / lines.length;
  }

  function place(line) {
    const button = made("button", words.line.replace("0", line));
    button.type = "button";
    button.className = "quiet";
    button.addEventListener("click", () => go(line));
    return button;
  }

  function shown(finding) {
    const state = made("span", words[finding.level] || finding.level);
    state.className = `state ${COLOURS[finding.level] || "unused"}`;
    const path = finding.path ? [" ", made("code", finding.path)] : [];
    return made("li", made("div", state, " ", place(finding.line), ...path, made("p", finding.says)));
  }

  function show(told, sent) {
    verdict.textContent = told.verdict;
    list.replaceChildren(...told.findings.map(shown));
    if (text.value === sent && told.text !== sent) text.value = told.text;
    for (const [path, value] of Object.entries(told.values)) {
      const was = form.elements[`was.${path}`], field = form.elements[`set.${path}`];
      if (!field || field === document.activeElement && field.value.trim() !== value) continue;
      was.value = value;
      if (field.value !== value) field.value = value;
    }
  }

  async function judge() {
    const mine = ++asked, sent = text.value, body = new URLSearchParams(new FormData(form));
    body.set("press", "told");
    try {
      const answer = await fetch(form.action, { method: "POST", body, redirect: "error" });
      if (!answer.ok) throw new Error();
      const told = await answer.json();
      if (mine === asked) show(told, sent);
    } catch { if (mine === asked) verdict.textContent = words.away; }
  }

  form.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(judge, PAUSE); });
  for (const item of list.children) {
    const line = Number(item.dataset.line), said = item.querySelector(".state");
    if (line && said) said.nextSibling.replaceWith(" ", place(line), " ");
  }
})();
