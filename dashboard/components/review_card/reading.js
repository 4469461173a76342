// The left side: the item itself, its context, highlights and legend; and the chips above it.

function chip(text, tone, title) {
  const made = element("span", tone ? `chip ${tone}` : "chip");
  appendText(made, text, { left: MAX_GLYPHS });
  if (title) made.title = title;
  return made;
}

function paintChips(target, item) {
  target.replaceChildren(chip(plainWords(item.queue), "queue", "Queue"));
  target.append(chip(item.tenant, "", "Tenant"));
  if (item.language) {
    const language = chip(item.language, "", "Language");
    if (item.language_detected) language.append(element("span", "mark-detected", "detected"));
    target.append(language);
  }
  target.append(chip(item.age, "", `Created ${item.created}`));
  if (item.due) target.append(chip(item.due, item.due.startsWith("overdue") ? "bad" : "", "Due"));
  if (item.sample_note) target.append(chip(item.sample_note, "sample", "Why it was selected"));
  if (item.severe && !item.blind) target.append(chip("severe", "bad", "Rated severe: blurred until asked for"));
}

function paintContent(target, entry, wordsOf) {
  const { item } = entry;
  target.replaceChildren();
  if (item.context) {
    const quote = element("blockquote", "context");
    quote.append(element("span", "context-label", "In reply to"), safeText("p", null, item.context));
    target.append(quote);
  }
  if (item.title.length > 0) {
    const title = element("h2", "title");
    title.dir = "auto";
    appendSegments(title, item.title, wordsOf);
    target.append(title);
  }
  const body = element("div", "body");
  body.dir = "auto";
  if (item.language) body.lang = item.language;
  appendSegments(body, item.body, wordsOf);
  target.append(body);
}

function paintLegend(target, item, wordsOf) {
  const found = new Set();
  for (const [, label] of [...item.title, ...item.body]) if (label) found.add(label);
  target.replaceChildren();
  for (const label of found) {
    const row = element("span", "legend-item");
    const swatch = element("mark", null, letterOf(label));
    swatch.dataset.label = label;
    row.title = wordsOf(label);
    row.append(swatch, element("span", "legend-words", wordsOf(label)));
    target.append(row);
  }
  const switches = element("span", "switches push");
  if (!item.blind) switches.append(switchButton("highlights", "Highlights", "H"));
  switches.append(switchButton("blur", "Blur", "B"));
  target.append(switches);
  target.hidden = false;
}

function switchButton(name, words, key) {
  const button = element("button", "switch");
  button.type = "button";
  button.dataset.act = name;
  button.setAttribute("aria-keyshortcuts", key);
  button.append(element("span", null, words), element("span", "switch-state"), keyCap(key));
  return button;
}

function paintSwitches(target, wishes) {
  for (const button of target.querySelectorAll("button")) {
    const isOn = wishes[button.dataset.act];
    button.setAttribute("aria-pressed", String(isOn));
    button.querySelector(".switch-state").textContent = isOn ? "on" : "off";
  }
}

// What came back with the item: a refusal's sentence, or the decision that was taken back.
function paintReturned(target, entry) {
  const words = entry.message || entry.draft.former;
  if (!words) return;
  const line = element("p", entry.message ? "returned bad" : "returned");
  line.append(element("b", null, entry.message ? "Came back." : "Taken back."), ` ${words}`);
  target.prepend(line);
}
