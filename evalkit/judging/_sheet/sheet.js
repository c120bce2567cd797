"use strict";
(() => {
  const form = document.querySelector("form");
  const facts = form.dataset;
  const status = document.querySelector("#status");
  const prompts = [...form.querySelectorAll(".prompt")];
  const results = [...form.querySelectorAll(".result")];
  const key = `evalkit ${facts.sheet}`;
  const chosen = (box, kind) => (box.querySelector(`.${kind} input:checked`) || {}).value || "";

  const mark = (box) => ({ effective: chosen(box, "effective"), grade: chosen(box, "grade"), error: box.querySelector("select").value });
  const answer = (prompt) => ({
    prompt: prompt.dataset.prompt,
    marks: [...prompt.querySelectorAll(".result")].map(mark),
    comment: prompt.querySelector("textarea").value,
  });
  const marked = (one) => one.marks.filter((m) => m.effective !== "").length;
  const started = (one) => one.comment !== "" || one.marks.some((m) => m.effective !== "" || m.grade !== "" || m.error !== "");

  const sheet = () => ({
    evalkit_sheet: 1,
    study: facts.study,
    sheet: facts.sheet,
    reviewer: form.elements.reviewer.value.trim(),
    answers: prompts.map(answer),
  });

  const keep = () => {
    const now = sheet();
    const done = now.answers.filter((a) => marked(a) === a.marks.length).length;
    results.forEach((box) => box.classList.toggle("done", chosen(box, "effective") !== ""));
    status.textContent = `${done} of ${prompts.length} prompts done`;
    try { localStorage.setItem(key, JSON.stringify(now)); } catch { /* a browser may keep nothing for files */ }
  };

  const restore = () => {
    let kept = null;
    try { kept = JSON.parse(localStorage.getItem(key)); } catch { /* nothing is kept */ }
    if (!kept) return;
    if (!form.elements.reviewer.value) form.elements.reviewer.value = kept.reviewer;
    const known = new Map(kept.answers.map((a) => [a.prompt, a]));
    for (const prompt of prompts) {
      const said = known.get(prompt.dataset.prompt);
      if (!said) continue;
      prompt.querySelector("textarea").value = said.comment;
      prompt.querySelectorAll(".result").forEach((box, n) => {
        const m = said.marks[n];
        if (!m) return;
        for (const kind of ["effective", "grade"]) choose(box, kind, m[kind]);
        box.querySelector("select").value = m.error;
      });
    }
  };

  const choose = (box, kind, value) => {
    for (const input of box.querySelectorAll(`.${kind} input`)) input.checked = input.value === value;
  };

  const incomplete = (now) => {
    if (!now.reviewer) return [form.elements.reviewer, "Write your name first."];
    for (const [n, one] of now.answers.entries()) {
      if (started(one) && marked(one) < one.marks.length) {
        const at = one.marks.findIndex((m) => m.effective === "");
        return [prompts[n].querySelectorAll(".result")[at].querySelector("input"), `Prompt ${n + 1}: result ${at + 1} is not marked.`];
      }
    }
    return null;
  };

  const cell = (text) => {
    const safe = /^[=+\-@\t\r\n']/.test(text) ? `'${text}` : text;
    return `"${safe.replaceAll('"', '""')}"`;
  };

  const csv = (now) => {
    const rows = [["study", "sheet", "reviewer", "prompt", "result", "effective", "grade", "error", "comment"]];
    for (const one of now.answers) {
      one.marks.forEach((m, n) => rows.push([
        now.study, now.sheet, now.reviewer, one.prompt, String(n + 1), m.effective, m.grade, m.error, n ? "" : one.comment,
      ]));
    }
    return "\ufeff" + rows.map((row) => row.map(cell).join(",")).join("\r\n") + "\r\n";
  };

  const download = (ending, kind, write) => () => {
    const now = sheet();
    const wrong = incomplete(now);
    if (wrong) {
      status.textContent = wrong[1];
      wrong[0].focus();
      return;
    }
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([write(now)], { type: kind }));
    link.download = `${facts.study}-${now.reviewer.replace(/[^\p{L}\p{N}._-]+/gu, "-")}.${ending}`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
    status.textContent = `Saved as ${link.download}. Send that file back.`;
  };

  const move = (step) => {
    const at = results.findIndex((box) => box.contains(document.activeElement));
    const next = results[Math.min(Math.max(at + step, 0), results.length - 1)];
    (next.querySelector("input:checked") || next.querySelector("input")).focus();
    next.scrollIntoView({ block: "center" });
  };

  const press = (event) => {
    const typing = /^(TEXTAREA|SELECT)$/.test(event.target.tagName) || event.target.type === "text";
    if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    const box = event.target.closest ? event.target.closest(".result") : null;
    const does = {
      j: () => move(1),
      k: () => move(-1),
      e: () => box && choose(box, "effective", "yes"),
      n: () => box && choose(box, "effective", "no"),
      0: () => box && choose(box, "grade", "0"),
      1: () => box && choose(box, "grade", "1"),
      2: () => box && choose(box, "grade", "2"),
      c: () => box && box.closest(".prompt").querySelector("textarea").focus(),
    }[event.key.toLowerCase()];
    if (!does) return;
    event.preventDefault();
    does();
    keep();
  };

  restore();
  keep();
  form.addEventListener("input", keep);
  form.addEventListener("submit", (event) => event.preventDefault());
  document.addEventListener("keydown", press);
  document.querySelector("#json").addEventListener("click", download("json", "application/json", (now) => JSON.stringify(now, null, 1)));
  document.querySelector("#csv").addEventListener("click", download("csv", "text/csv", csv));
  document.querySelector("#print").addEventListener("click", () => window.print());
  document.querySelector("footer").hidden = false;
})();
