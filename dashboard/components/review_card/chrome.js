// What frames the item: buttons with their keys, strips of choices, header, banner, help.

const ACTIONS = [
  ["approve", "Approve", "A", "good"], ["reject", "Reject", "R", "bad"],
  ["escalate", "Escalate", "E", ""], ["invalidate", "Invalid", "I", ""], ["skip", "Skip", "S", ""],
  ["note", "Note", "N", "quiet push"], ["undo", "Undo", "U", "quiet"], ["help", "Keys", "?", "quiet"],
];
const HELP = [
  ["A", "Approve"], ["R", "Reject: opens the reasons"], ["1–6", "Reject with this reason"],
  ["Shift 1–6", "Collect several reasons"], ["Enter", "Reject with the marked reasons"],
  ["E or F", "Escalate: ask for a second opinion"], ["I", "Invalid: this cannot be judged"],
  ["S", "Skip: opens the reasons, then a digit"], ["N", "Write a note for the decision"],
  ["Ctrl Enter", "Leave the note, back to the keys"], ["U", "Undo: take the last decision back"],
  ["Space", "Hold to see a blurred item"], ["H", "Highlights on or off"], ["B", "Blur on or off"],
  ["J K ↑ ↓", "Scroll the item"], ["Esc", "Close what is open"], ["?", "This list"],
];
const SAVING_WORDS = {
  saved: () => "Saved",
  saving: (count) => `${count} saving`,
  failing: (count) => `${count} not saved yet`,
};

function actionButton(name, words, key, tone) {
  const button = element("button", `action ${tone}`.trim());
  button.type = "button";
  button.dataset.act = name;
  button.setAttribute("aria-keyshortcuts", key);
  button.append(element("span", null, words), keyCap(key));
  return button;
}

const paintActions = (target) => target.replaceChildren(...ACTIONS.map((one) => actionButton(...one)));

function choiceButton(choice, act, isMarked) {
  const button = element("button", "choice");
  button.type = "button";
  button.dataset.act = act;
  button.dataset.code = choice.code;
  button.setAttribute("aria-keyshortcuts", choice.key);
  if (isMarked !== undefined) button.setAttribute("aria-pressed", String(isMarked));
  button.append(keyCap(choice.key), element("span", null, choice.words));
  return button;
}

function paintReasons(target, choices, marked, isSeveral) {
  const heading = element("span", "strip-title", isSeveral ? "Reject for all marked" : "Reject for");
  const buttons = choices.map((one) => choiceButton(one, "reason", marked.has(one.code)));
  const several = actionButton("several", "Several", "⇧", "choice");
  several.setAttribute("aria-pressed", String(isSeveral));
  several.setAttribute("aria-keyshortcuts", "Shift+1");
  several.title = "Collect several reasons, then confirm";
  const confirm = actionButton("confirm", marked.size === 0 ? "Confirm" : `Confirm ${marked.size}`, "Enter", "solid push");
  confirm.disabled = marked.size === 0;
  target.replaceChildren(heading, ...buttons, several, confirm);
}

function paintSkips(target, choices) {
  const buttons = choices.map((one) => choiceButton(one, "skip-reason"));
  target.replaceChildren(element("span", "strip-title", "Skip because"), ...buttons);
}

function paintHelp(target) {
  target.replaceChildren();
  for (const [keys, words] of HELP) {
    const cell = element("div");
    const term = element("dt");
    for (const key of keys.split(" ")) term.append(key === "or" ? " or " : keyCap(key));
    cell.append(term, element("dd", null, words));
    target.append(cell);
  }
}

function paintProgress(parts, facts) {
  const { waiting, done, others, unsaved, isFailing } = facts;
  parts.others.textContent = others.length ? `Also looking: ${others.join(", ")}` : "";
  parts.counts.textContent = `${waiting.toLocaleString("en")} waiting · ${done.toLocaleString("en")} decided today`;
  const state = isFailing ? "failing" : unsaved > 0 ? "saving" : "saved";
  parts.saving.dataset.saving = state;
  parts["saving-words"].textContent = SAVING_WORDS[state](unsaved);
  const banner = isFailing
    ? `Not saved yet: ${countWords(unsaved, "decision", "decisions")}. They are kept in this tab and sent again when the connection is back.`
    : "";
  if (parts.banner.textContent !== banner) parts.banner.textContent = banner;
  parts.banner.hidden = !isFailing;
}

function paintClaim(target, item, serverNow) {
  target.hidden = !item || !item.lease_until;
  if (target.hidden) return;
  const left = (Date.parse(item.lease_until) - serverNow) / 1000;
  target.classList.toggle("warm", left < 30 && left > 0);
  target.classList.toggle("bad", left <= 0);
  target.textContent = left > 0 ? `Claim ${clockWords(left)}` : "Claim ran out";
}

const PLACEHOLDERS = {
  loading: ["Loading the next items…", "They appear here by themselves."],
  slow: ["Loading the next items…", "This takes longer than usual: what waits may be held by other reviewers right now. The card asks again every few seconds."],
  empty: ["Nothing waits in this queue.", "Choose another queue, or draw a random sample to measure quality. New items appear here by themselves."],
};

function paintPlaceholder(parts, state) {
  const [title, words] = PLACEHOLDERS[state];
  parts["placeholder-title"].textContent = title;
  parts["placeholder-words"].textContent = words;
}
