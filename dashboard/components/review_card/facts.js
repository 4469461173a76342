// The right side: what the policy concluded, the scores it read, why first, and the author.

const percent = (value) => `${Math.min(100, Math.max(0, value * 100))}%`;
const decimals = (value) => value.toFixed(2);
const VERDICT_TONES = { approve: "good", review: "warm", reject: "bad" };
const OUTCOME_SIGNS = {
  approve: ["✓", "good"], approved: ["✓", "good"], reject: ["✕", "bad"], rejected: ["✕", "bad"],
  escalate: ["↑", "warm"], escalated: ["↑", "warm"], waiting: ["…", "warm"], pending: ["…", "warm"],
};

function section(heading, aside) {
  const made = element("section", "fact");
  const title = element("h3", null, heading);
  if (aside) title.append(element("span", "small", aside));
  made.append(title);
  return made;
}

function verdictSection(item, wordsOf) {
  const made = section("Policy verdict", `${item.model} · ${item.policy}`);
  made.querySelector(".small").title = `Model ${item.model}, policy ${item.policy}`;
  const row = element("div", "verdict");
  const tone = VERDICT_TONES[item.verdict] || "";
  row.append(element("span", `pill ${tone}`, item.verdict ? plainWords(item.verdict) : "None yet"));
  if (item.overall !== null) {
    const overall = element("span", "overall", decimals(item.overall));
    overall.title = "Overall score under this policy";
    row.append(overall, element("span", "muted", "overall"));
  }
  made.append(row);
  const cited = item.reasons.map(wordsOf).join(", ");
  made.append(element("p", "cited", cited ? `Cites ${cited}` : "Cites nothing"));
  return made;
}

// In the place of all that a model says: nothing of it has reached this page.
function blindSection() {
  const made = section("Blind review");
  made.classList.add("blind");
  made.append(element("p", "blind-words", "Scores are hidden so that your answer is your own."));
  made.append(element("p", "muted small", "Drawn by lot, in random order. What models and policies say of it stays hidden."));
  return made;
}

function zoneTone(score, reviewAt, rejectAt) {
  if (reviewAt === null && rejectAt === null) return "plain";
  if (rejectAt !== null && score >= rejectAt) return "bad";
  if (reviewAt !== null && score >= reviewAt) return "warm";
  return "good";
}

function scoreWords({ words, score, review_at: reviewAt, reject_at: rejectAt }) {
  const parts = [`${words}: ${score === null ? "not scored" : decimals(score)}`];
  if (reviewAt !== null) parts.push(`review from ${decimals(reviewAt)}`);
  if (rejectAt !== null) parts.push(`reject from ${decimals(rejectAt)}`);
  return parts.join(", ");
}

function zone(className, from, to) {
  const made = element("i", `zone ${className}`);
  made.style.left = percent(from);
  made.style.width = percent(Math.max(0, to - from));
  return made;
}

function scoreTrack(line) {
  const { score, review_at: reviewAt, reject_at: rejectAt } = line;
  const track = element("span", "track");
  const bounds = [reviewAt, rejectAt].filter((value) => value !== null);
  if (bounds.length > 0) {
    const low = reviewAt ?? rejectAt;
    const high = rejectAt ?? 1;
    track.append(zone("good", 0, low), zone("warm", low, high), zone("bad", high, 1));
  }
  if (score !== null) {
    const fill = element("i", `fill ${zoneTone(score, reviewAt, rejectAt)}`);
    fill.style.width = percent(score);
    track.append(fill);
  }
  for (const bound of bounds) {
    const tick = element("i", "tick");
    tick.style.left = percent(bound);
    track.append(tick);
  }
  return track;
}

function scoresSection(item) {
  const hasBounds = item.scores.some((line) => line.review_at !== null || line.reject_at !== null);
  const made = section("Scores", hasBounds ? "ticks: review from, reject from" : "");
  for (const line of item.scores) {
    const row = element("div", line.score === null ? "score unscored" : "score");
    row.setAttribute("role", "img");
    row.setAttribute("aria-label", scoreWords(line));
    row.title = scoreWords(line);
    const letter = element("span", "letter-box", letterOf(line.label));
    letter.dataset.label = line.label;
    const number = element("span", "number", line.score === null ? "–" : decimals(line.score));
    if (item.reasons.includes(line.label)) row.classList.add("is-cited");
    row.append(letter, element("span", "name", line.words), scoreTrack(line), number);
    made.append(row);
  }
  return made;
}

function whySection(item) {
  const made = section("Why it comes first");
  const largest = Math.max(...item.why.map((term) => term.value), 0.000001);
  for (const { words, value } of item.why) {
    const [head] = words.split(": ");
    const row = element("div", "term");
    const track = element("span", "track slim");
    const fill = element("i", "fill plain");
    fill.style.width = percent(value / largest);
    track.append(fill);
    row.append(element("span", "name", head), track, element("span", "number", decimals(value)));
    row.title = `${words} (${decimals(value)})`;
    row.setAttribute("role", "img");
    row.setAttribute("aria-label", row.title);
    made.append(row);
  }
  return made;
}

function historyBar(history) {
  const bar = element("div", "history-bar");
  const parts = [["bad", history.rejected], ["good", history.approved], ["warm", history.waiting]];
  for (const [tone, count] of parts) {
    if (count === 0) continue;
    const part = element("i", tone);
    part.style.flexGrow = String(count);
    bar.append(part);
  }
  return bar;
}

function authorSection(item) {
  const made = section("Author");
  made.append(safeText("p", "author", item.author));
  const history = item.author_history;
  if (!history || history.total === 0) {
    made.append(element("p", "muted small", "No other items of this author."));
    return made;
  }
  const counts = `${history.rejected} rejected · ${history.approved} approved · ${history.waiting} waiting`;
  made.append(historyBar(history), element("p", "muted small", `${countWords(history.total, "item", "items")}: ${counts}`));
  const list = element("ul", "recent");
  for (const { excerpt, outcome, when } of history.recent.slice(0, 5)) {
    const row = element("li");
    const [sign, tone] = OUTCOME_SIGNS[outcome] || ["·", ""];
    const badge = element("span", `sign ${tone}`, sign);
    badge.title = outcome || "not decided";
    badge.setAttribute("role", "img");
    badge.setAttribute("aria-label", outcome || "not decided");
    row.append(badge, safeText("span", "excerpt", excerpt), element("span", "when", when));
    list.append(row);
  }
  made.append(list);
  return made;
}

function paintFacts(target, item, wordsOf) {
  target.replaceChildren(item.blind ? blindSection() : verdictSection(item, wordsOf));
  if (item.scores.length > 0) target.append(scoresSection(item));
  if (item.why.length > 0) target.append(whySection(item));
  target.append(authorSection(item));
  target.scrollTop = 0;
}
