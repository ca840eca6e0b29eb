// The desk page: an article in, its label shown, the editor's own judgement back.
//
// What comes from an article or the service reaches the page as text, never as markup; nothing is
// kept in the browser, the key included.

const TYPING_PAUSE = 100; // milliseconds: shorter than a blink, longer than most gaps in typing

const POINTS = {
  balanced: "Weighs misses and false alarms alike.",
  cautious: "Misses little, and raises more false alarms.",
  strict: "Seldom wrong when it warns, and misses more.",
};

const state = {
  key: "",
  model: null, // what GET v1/model says
  asked: { text: "" }, // the article that a label was last asked for
  text: "", // the text that the label is about
  label: null,
  reading: false, // the marked text is shown where there is a label, not the field
  unveiled: new Set(), // graphic passages that the editor asked to see
  request: new AbortController(),
  timer: 0,
};

const $ = (id) => document.getElementById(id);
const put = (id, ...children) => $(id).replaceChildren(...children);
const on = (id, event, act) => $(id).addEventListener(event, act);
const capital = (words) => words.charAt(0).toUpperCase() + words.slice(1);
const readable = (name) => capital(name.replaceAll("_", " "));

function element(tag, attributes, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

function shape(severity) {
  const svg = $("shape").content.firstElementChild.cloneNode(true);
  svg.firstElementChild.setAttribute("href", `#shape-${severity}`);
  return svg;
}

/** A probability in figures that never claim certainty. */
function percent(share) {
  if (share > 0 && share < 0.01) return "<1%";
  return share < 1 && share > 0.99 ? ">99%" : `${Math.round(share * 100)}%`;
}

/** The service counts code points, as Python does; JavaScript counts UTF-16 units. */
function utf16Index(text, codePoints) {
  let index = 0;
  for (let n = 0; n < codePoints; n += 1) index += text.codePointAt(index) > 0xffff ? 2 : 1;
  return index;
}

/** Tells those who listen, and only what is new to them. */
function say(sentence) {
  if ($("status").textContent !== sentence) $("status").textContent = sentence;
}

// -- the service ----------------------------------------------------------------------------------

async function ask(path, body, signal) {
  const headers = body ? { "Content-Type": "application/json" } : {};
  if (state.key) headers.Authorization = `Bearer ${state.key}`;
  const sent = { method: body ? "POST" : "GET", headers, signal, body: body && JSON.stringify(body) };
  const response = await fetch(path, sent).catch(() => {
    throw new Error("The service does not answer. Your text is still here: change it to try again.");
  });
  const answer = await response.json().catch(() => ({}));
  if (response.status === 401) askForKey();
  if (!response.ok) throw new Error(sentence(answer.error, response.status));
  return answer;
}

/** An error as an editor reads it: without the path of a field that they never saw. */
function sentence(error, status) {
  const message = error?.message?.replace(/^items\.0\.(text|html): /, "");
  if (!message) return `The service failed, with status ${status}. Try again, or ask who runs it.`;
  return capital(message).replace(/[^.!?]$/, "$&.");
}

function askForKey() {
  $("key-wanted").textContent = state.key ? "That key is not let in." : "This service asks for a key.";
  $("key-form").hidden = false;
  $("key").focus();
  throw new Error("Nothing is labelled until the service is given a key.");
}

async function start() {
  try {
    state.model = await ask("v1/model");
    $("key-form").hidden = true;
    showModel(state.model);
    await label(state.asked);
  } catch (error) {
    showProblem(error.message);
  }
}

async function label(article) {
  state.asked = article;
  if (!state.model) return start();
  clearTimeout(state.timer);
  state.request.abort();
  const { signal } = state.request = new AbortController();
  const given = article.text ?? article.html;
  if (!given.trim()) return showNothing();
  $("verdict").ariaBusy = "true";
  try {
    refuseLong("This text", new Blob([given]).size);
    const asked = { items: [article], operating_point: chosenPoint().name };
    const { results: [found] } = await ask("v1/label", asked, signal);
    if (found.error) throw new Error(sentence(found.error));
    state.text = found.text ?? given;
    if (article.html) $("text").value = state.text;
    return showLabel(found);
  } catch (error) {
    return signal.aborted || showProblem(error.message);
  }
}

function refuseLong(what, size, times = 1) {
  const most = times * (state.model?.limits.text_bytes ?? Infinity);
  if (size <= most) return;
  const [has, takes] = [size, most].map((bytes) => `${(bytes / 1e6).toFixed(1)} MB`);
  throw new Error(`${what} has ${has}, and the service takes ${takes} at most: take parts of it out.`);
}

// -- an article comes in --------------------------------------------------------------------------

/** Takes an article that came whole, and shows it marked. */
function take(article, source = "") {
  $("text").value = article.text ?? "";
  $("source").textContent = source;
  state.reading = true;
  state.unveiled.clear();
  return label(article);
}

/** Takes what was dropped or pasted: a file, or else text. */
function takeTransfer(event, transfer) {
  const [file] = transfer.files;
  const text = transfer.getData("text/plain");
  if (file || text) event.preventDefault();
  if (file) takeFile(file);
  else if (text) take({ text });
}

async function takeFile(file) {
  try {
    refuseLong(file.name, file.size, 2); // UTF-16 is up to twice as long as what is sent
    const page = /html/.test(file.type) || /\.x?html?$/i.test(file.name);
    const other = file.type && !page && !/^text\/(?!rtf)/.test(file.type);
    const text = other ? "\0" : decode(await file.arrayBuffer());
    if (text.includes("\0")) throw new Error(`${file.name} is no text or HTML: paste its text instead.`);
    refuseLong(file.name, new Blob([text]).size);
    await take(page ? { html: text } : { text }, file.name);
  } catch (error) { // a DOMException where the file was moved, is forbidden, or is a folder
    const unreadable = `${file.name} cannot be read: choose another, or paste its text.`;
    showProblem(error instanceof DOMException ? unreadable : error.message);
  }
}

/** UTF-8, UTF-16 by its mark, or else what Windows wrote before. */
function decode(bytes) {
  const mark = new Uint8Array(bytes.slice(0, 2)).join();
  const name = { "255,254": "utf-16le", "254,255": "utf-16be" }[mark] ?? "utf-8";
  try {
    return new TextDecoder(name, { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder("windows-1252").decode(bytes);
  }
}

// -- what is shown --------------------------------------------------------------------------------

/** Shows one face of the verdict, and what belongs beside it. */
function show(face, label = null) {
  state.label = label;
  state.reading &&= label !== null;
  $("verdict").ariaBusy = null;
  for (const part of $("verdict").children) part.hidden = part.id !== face;
  $("particulars").hidden = $("disagree").hidden = !label;
  $("legend").hidden = label !== null || !state.model;
  $("clear").hidden = !$("text").value;
  document.body.dataset.severity = label?.severity ?? "";
  document.title = label ? `${capital(label.severity)} · forewarn` : "forewarn";
  showText();
}

function showNothing() {
  $("source").textContent = "";
  show("invitation");
  say("");
}

function showProblem(sentence) {
  $("problem").textContent = sentence;
  show("problem");
  say(sentence);
}

function showLabel(found) {
  const { severity, probabilities, message, types, warnings } = found;
  const reached = [0.5, 0.75, 0.9].filter((least) => probabilities[severity] >= least).length;
  const sure = ["Unsure", "More likely than not", "Fairly sure", "Very sure"][reached];
  show("found", found);
  put("severity", shape(severity), capital(severity));
  $("sureness").textContent = `${sure}: ${figures(found)}`;
  $("message").textContent = message || "No warning is due.";
  put("shares", ...Object.entries(probabilities).map(share));
  const rows = Object.entries(types).map(([name, value]) => [readable(name), percent(value)]);
  put("types", ...(rows.length ? rows : [["None stands out."]]).map((words) =>
    element("li", {}, ...words.map((word) => element("span", {}, word)))));
  put("codes", ...(warnings.length ? warnings.map((code) => element("code", {}, code)) : ["None is due."]));
  $("copy-message").hidden = $("copy-codes").hidden = !message;
  for (const input of document.querySelectorAll("#correction fieldset input")) {
    input.checked = input.value === severity || input.value in types;
  }
  $("correction").hidden = !state.model.corrections;
  $("correction-says").textContent = "";
  say(`${capital(severity)}. ${sure}. ${$("message").textContent}`);
}

/** The figures that count, and why the likeliest severity is not the one decided for. */
function figures({ severity, probabilities }) {
  const levels = Object.keys(probabilities);
  const byShare = levels.toSorted((one, other) => probabilities[other] - probabilities[one]);
  const named = [severity, ...byShare.filter((name) => name !== severity && probabilities[name] >= 0.1)];
  const sum = `${named.map((name) => `${percent(probabilities[name])} ${name}`).join(", ")}.`;
  const above = levels.indexOf(severity) - levels.indexOf(byShare[0]);
  if (above === 0) return sum;
  const level = above > 0 ? severity : levels[levels.indexOf(severity) + 1];
  const { name, thresholds } = chosenPoint();
  const needs = `${percent(thresholds[level])} for ${level}${level === levels.at(-1) ? "" : " or more"}`;
  return `${sum} ${capital(name)} ${above > 0 ? "needs only" : "needs"} ${needs}.`;
}

function share([severity, value]) {
  const bar = element("span", { class: "bar" });
  bar.style.setProperty("--share", value);
  const figure = element("span", { class: "figure" }, percent(value));
  return element("li", { "data-severity": severity }, shape(severity), severity, bar, figure);
}

/** The article, in its field or marked, and the list of its deciding passages. */
function showText() {
  const { text, label, reading } = state;
  const passages = (label?.evidence ?? []).map((item, at) => ({ ...item, rank: at + 1 }));
  const focused = [$("text"), $("reading")].includes(document.activeElement);
  $("text").hidden = reading;
  $("reading").hidden = !reading;
  if (focused) $(reading ? "reading" : "text").focus();
  $("turn").hidden = !label;
  $("turn").textContent = reading ? "Edit text" : "Show marked";
  $("passages-section").hidden = !passages.length;
  put("passages", ...passages.map(listed));
  showVeil(passages);
  const parts = [];
  let done = 0;
  for (const passage of passages.toSorted((one, other) => one.start - other.start)) {
    const [from, to] = [passage.start, passage.end].map((at) => utf16Index(text, at));
    parts.push(text.slice(done, from), marked(passage, text.slice(from, to)));
    done = to;
  }
  put("reading", ...(reading ? [...parts, text.slice(done)] : []));
}

const isVeiled = ({ text }) => state.label.severity === "graphic" && !state.unveiled.has(text);

function marked(passage, words) {
  const { rank } = passage;
  const veil = { class: "veiled", role: "button", tabindex: 0, title: "Graphic: click to show",
    "aria-label": `Passage ${rank} is graphic, and blurred. Show it.` };
  const attributes = isVeiled(passage) ? veil : { tabindex: -1 };
  return element("mark", { id: `passage-${rank}`, "data-rank": rank, ...attributes },
    element("span", { class: "rank" }, rank), element("span", { class: "words" }, words));
}

function listed(passage) {
  const words = isVeiled(passage) ? element("i", {}, "Graphic passage")
    : element("bdi", {}, passage.text.replace(/\s+/g, " "));
  return element("li", {}, element("button", { type: "button", "data-rank": passage.rank },
    element("span", { class: "rank" }, passage.rank), words));
}

function showVeil(passages) {
  const veiled = passages.some(isVeiled);
  $("veil").hidden = !state.reading || state.label.severity !== "graphic";
  $("veil-says").textContent = veiled
    ? "The strongest passages are blurred. Others may be hard to read too."
    : "Graphic passages are shown.";
  $("unveil").textContent = veiled ? "Show them" : "Blur them";
}

function showModel({ version, digest, severities, types, corrections, ...model }) {
  put("meanings", ...severities.map(({ name, meaning }) => element("div", { "data-severity": name },
    element("dt", {}, shape(name), capital(name)), element("dd", {}, `${capital(meaning)}.`))));
  put("points", ...model.operating_points.map(({ name }) => choice("radio", "point", name)));
  $("points").querySelector(`[value="${model.default_operating_point}"]`).checked = true;
  put("right-severity", ...severities.map(({ name }) => choice("radio", "severity", name, shape(name))));
  put("right-types", ...types.map(({ name }) => choice("checkbox", "types", name)));
  $("not-kept").hidden = corrections;
  $("model").textContent = `forewarn ${version}, model ${digest.slice(0, 8)}`;
  $("decision").hidden = false;
  showPoint();
}

function choice(type, name, value, ...before) {
  const input = element("input", { type, name, value });
  return element("label", { "data-severity": value }, input, ...before, readable(value));
}

function chosenPoint() {
  const { value } = document.querySelector("#points :checked");
  return state.model.operating_points.find(({ name }) => name === value);
}

function showPoint() {
  const { name, reached: { graphic, violent } } = chosenPoint();
  const rows = [["Graphic", graphic], ["Violent or graphic", violent]];
  const [found, right] = [graphic.recall, graphic.precision].map((value) => Math.round(value * 100));
  $("point-says").textContent = POINTS[name] ?? "";
  put("reached", ...rows.map(([level, { recall, precision }]) => element("tr", {},
    element("th", { scope: "row" }, level),
    ...[recall, precision].map((value) => element("td", {}, percent(value))))));
  $("reached-says").textContent = `Of 100 graphic articles it finds ${found}; of 100 that it calls ` +
    `graphic, ${right} are. Measured on texts the model had not seen, most of them hard to tell apart.`;
}

// -- what the editor does -------------------------------------------------------------------------

function turn() {
  state.reading = !state.reading;
  showText();
  $(state.reading ? "reading" : "text").focus();
}

function jump({ dataset: { rank } }) {
  if (!state.reading) turn();
  $(`passage-${rank}`).scrollIntoView({ block: "center" });
  $(`passage-${rank}`).focus({ preventScroll: true });
}

function unveil(passages) {
  for (const { text } of passages) state.unveiled.add(text);
  if (!passages.length) state.unveiled.clear();
  showText();
}

function unveilOne({ dataset: { rank } }) {
  unveil([state.label.evidence[rank - 1]]);
  $(`passage-${rank}`).focus({ preventScroll: true });
}

async function copy(id, text, { target }) {
  try {
    await navigator.clipboard.writeText(text);
  } catch { // not to be had by a page that came over plain HTTP from another machine
    getSelection().selectAllChildren($(id));
    document.execCommand("copy");
  }
  target.dataset.name ??= target.textContent;
  target.textContent = "Copied";
  setTimeout(() => { target.textContent = target.dataset.name; }, 1500);
}

async function storeCorrection(form) {
  const chosen = new FormData(form);
  const [severity, types] = [chosen.get("severity"), chosen.getAll("types")];
  const note = chosen.get("note").trim() || null;
  const { id, text, ...predicted } = state.label; // these two are about the request
  try {
    const kept = await ask("v1/corrections", { text: state.text, severity, types, note, predicted });
    form.reset();
    form.hidden = true;
    $("correction-says").textContent = `Stored as correction ${kept.id}. Thank you.`;
  } catch (error) {
    $("correction-says").textContent = error.message;
  }
}

// -- wiring ---------------------------------------------------------------------------------------

let whole = false; // a paste takes the place of all that was in the field

on("text", "paste", ({ target }) => {
  whole = target.selectionStart === 0 && target.selectionEnd === target.value.length;
});
on("text", "input", ({ target }) => {
  clearTimeout(state.timer);
  if (whole) take({ text: target.value });
  else state.timer = setTimeout(() => label({ text: target.value }), TYPING_PAUSE);
  whole = false;
});
document.addEventListener("paste", (event) => {
  if (!event.target.closest("input, textarea")) takeTransfer(event, event.clipboardData);
});

// Text that is dragged to the field, or about in it, stays the browser's affair.
const isOurs = ({ target, dataTransfer }) => target !== $("text") || dataTransfer.types.includes("Files");
const showDropping = (dropping) => document.body.classList.toggle("dropping", dropping);
document.addEventListener("dragover", (event) => {
  if (isOurs(event)) event.preventDefault();
  showDropping(isOurs(event));
});
document.addEventListener("dragleave", ({ relatedTarget }) => relatedTarget || showDropping(false));
document.addEventListener("drop", (event) => {
  showDropping(false);
  if (isOurs(event)) takeTransfer(event, event.dataTransfer);
});
on("file", "change", ({ target }) => {
  if (target.files.length) takeFile(target.files[0]);
  target.value = ""; // so that the same file may be opened again
});

on("clear", "click", () => {
  take({ text: "" });
  $("text").focus();
});
on("turn", "click", turn);
on("unveil", "click", () => unveil(state.label.evidence.filter(isVeiled)));
on("copy-message", "click", (event) => copy("message", state.label.message, event));
on("copy-codes", "click", (event) => copy("codes", state.label.warnings.join(", "), event));
on("points", "change", () => {
  showPoint();
  label({ text: $("text").value });
});
on("passages", "click", ({ target }) => {
  if (target.closest("button")) jump(target.closest("button"));
});
on("reading", "click", ({ target }) => {
  if (target.closest(".veiled")) unveilOne(target.closest(".veiled"));
});
on("reading", "keydown", (event) => {
  const mark = event.target.closest(".veiled");
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (mark && ["Enter", " "].includes(event.key)) unveilOne(mark);
  else if ($(`passage-${event.key}`)) jump($(`passage-${event.key}`));
  else return;
  event.preventDefault();
});
on("correction", "submit", (event) => {
  event.preventDefault();
  storeCorrection(event.target);
});
on("key-form", "submit", (event) => {
  event.preventDefault();
  state.key = $("key").value;
  event.target.reset();
  start();
});

start();
