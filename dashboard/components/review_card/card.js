// The card: which item is on screen, what a key or a click does to it, what the server answered.

const HEARTBEAT_MS = 30_000;
const ASK_AGAIN_MS = 3_000;
const LOOK_AGAIN_MS = 15_000;
const SLOW_AFTER_MS = 9_000;
const HELLO_MS = 300;
const DONE_WORDS = { approve: "Approved", escalate: "Escalated", invalidate: "Marked invalid" };

class ReviewCard {
  constructor(parent, data) {
    this.root = parent.querySelector(".card");
    this.parts = {};
    for (const part of parent.querySelectorAll("[data-part]")) this.parts[part.dataset.part] = part;
    this.data = data;
    this.transmit = () => {};
    this.sequence = 0;
    this.shown = null;
    this.paintedAt = null;
    this.ignored = 0;
    this.strip = null;
    this.isSeveral = false;
    this.isPeeking = false;
    this.serverSkew = 0;
    this.lackingSince = null;
    this.outbox = new Outbox(data.keep_under, (...sent) => this.send(...sent), () => this.paintFrame());
    this.buffer = new Buffer(this.outbox.pending);
    this.stopwatch = new Stopwatch();
    this.wishes = new Wishes(data.keep_under, data.prefs);
    this.keyboard = new Keyboard(this.root, this);
    paintActions(this.parts.actions);
    paintHelp(this.parts["help-list"]);
    this.pointer = new Pointer(this.root, this.parts, this);
    this.ticker = setInterval(() => this.tick(), 1000);
    this.hello = setTimeout(() => this.outbox.sendNow(true), HELLO_MS);
    this.fitHeight();
  }

  close() {
    clearInterval(this.ticker);
    clearTimeout(this.hello);
    for (const part of [this.outbox, this.stopwatch, this.keyboard, this.pointer]) part.close();
  }

  // ---- what the server says

  receive(data) {
    this.data = data;
    this.serverSkew = Date.parse(data.server_now) - Date.now();
    this.wishes.hear(data.prefs);
    const settled = this.outbox.settle([...data.acked, ...data.returned.map((one) => one.uid)]);
    for (const refusal of data.returned) this.takeBack(refusal, settled);
    this.dropRevoked(data.revoked);
    this.renewHeld(data.items);
    this.buffer.merge(data.items, this.pendingUndos());
    if (data.renewed_until) this.buffer.extendLeases(data.renewed_until);
    this.showCurrent();
    this.paintFrame();
  }

  // Decisions made on an item whose undo was unanswered leave under the item's new claim.
  renewHeld(items) {
    const undos = this.pendingUndos();
    for (const held of this.outbox.pending.filter((one) => one.held && !undos.has(one.held))) {
      const item = items.find((one) => one.item_id === held.item_id);
      const claim = item ? { task_id: item.task_id, fence: item.fence } : null;
      if (claim) this.buffer.closed.add(item.task_id);
      this.outbox.release(held.held, claim);
    }
  }

  pendingUndos() {
    return new Set(this.outbox.pending.filter((one) => one.kind === "undo").map((one) => one.uid));
  }

  takeBack(refusal, settled) {
    const message = settled.find((one) => one.uid === refusal.uid);
    if (!message) return;
    const past = this.buffer.history.find((one) => one.uid === refusal.uid);
    this.buffer.forget(refusal.uid);
    if (message.kind === "undo") this.outbox.remove((one) => one.held === refusal.uid);
    else this.outbox.remove((one) => one.undoes === refusal.uid);
    if (refusal.item) this.buffer.putBack(refusal.item, refusal.message);
    else {
      this.buffer.dropItem(message.item_id);
      this.notify(past ? `${refusal.message} (${this.recall(past)})` : refusal.message);
      this.say("");
    }
  }

  // Which decision a refusal is about; a severe item's title stays unsaid.
  recall({ words, entry }) {
    const title = entry.item.title.map(([text]) => text).join("").trim();
    if (!title || entry.item.severe) return `You had: ${words}.`;
    return `You had: ${words} on “${title.length > 60 ? `${title.slice(0, 60)}…` : title}”.`;
  }

  dropRevoked(taskIds) {
    const { current } = this.buffer;
    this.buffer.dropTasks(taskIds);
    if (!current || this.buffer.current === current) return;
    this.notify("The item on screen went to another reviewer, because its claim had run out. Here is the next one.");
  }

  send(decisions, isHeartbeat) {
    this.sequence = Math.max(this.sequence + 1, Date.now());
    // An undone item comes back under a new claim: asking for it in the same batch saves a round.
    const asks = isHeartbeat || decisions.some((one) => one.kind === "undo");
    this.transmit("batch", {
      seq: this.sequence, have: this.buffer.have(), decisions, heartbeat: asks,
    });
  }

  // ---- what the reviewer does

  messageFor(kind, entry, fields) {
    return {
      uid: newUid(), kind, task_id: entry.item.task_id, item_id: entry.item.item_id,
      fence: entry.item.fence, outcome: null, reasons: [], note: null, reason: null,
      handling_seconds: this.stopwatch.seconds(), shown_at: entry.draft.shownAt || this.nowIso(),
      highlight_shown: entry.draft.highlightSeen && !entry.item.blind,
      score_shown: entry.item.scores.some((line) => line.score !== null), undoes: null,
      held: null, ...fields,
    };
  }

  // The guard: a key that was pressed before the item could be seen decides nothing.
  isTooSoon(pressedAt) {
    const { dwell_ms: dwell } = this.data;
    if (dwell <= 0) return false;
    if (this.paintedAt !== null && pressedAt - this.paintedAt >= dwell) return false;
    this.ignored += 1;
    this.root.dataset.ignored = String(this.ignored);
    return true;
  }

  submit(kind, fields, words, pressedAt) {
    const entry = this.buffer.current;
    if (!entry || this.isTooSoon(pressedAt)) return;
    const note = entry.draft.note.trim().slice(0, 1000) || null;
    const held = this.pendingUndos().has(entry.undoing) ? entry.undoing : null;
    const message = this.messageFor(kind, entry, { ...fields, note, held });
    this.buffer.take();
    entry.draft.seconds = message.handling_seconds;
    if (kind === "decide") {
      entry.draft.former = `You had: ${words}.`;
      this.buffer.remember(message.uid, entry, words);
    }
    this.outbox.add(message);
    this.showCurrent();
    this.say(kind === "decide" ? `${words}. U takes it back.` : `${words}.`);
    this.paintFrame();
  }

  decide(outcome, pressedAt) {
    this.submit("decide", { outcome }, DONE_WORDS[outcome], pressedAt);
  }

  reject(reasons, pressedAt) {
    if (reasons.length === 0) {
      this.say("A rejection needs at least one reason: press its digit.");
      return;
    }
    const words = `Rejected as ${reasons.map((code) => this.wordsOf(code)).join(", ")}`;
    this.submit("decide", { outcome: "reject", reasons }, words, pressedAt);
  }

  chooseReason(code, isCollecting, pressedAt) {
    if (!this.isSeveral && !isCollecting) return this.reject([code], pressedAt);
    const { draft } = this.buffer.current;
    if (!this.isSeveral) {
      this.isSeveral = true;
      if (draft.reasons === null) draft.reasons = new Set();
    }
    if (!draft.reasons.delete(code)) draft.reasons.add(code);
    this.paintStrips();
  }

  undo() {
    const last = this.buffer.lastUndoable(this.data.undo_seconds);
    if (!last) {
      this.say("Nothing to take back: no decision of the last minutes is left.");
      return;
    }
    const { uid, entry } = last;
    this.buffer.forget(uid);
    const unsent = this.outbox.pending.find((one) => one.uid === uid && one.held);
    if (unsent) this.outbox.remove((one) => one.uid === uid);
    else {
      const message = this.messageFor("undo", entry, { undoes: uid, handling_seconds: 0 });
      entry.undoing = message.uid;
      this.outbox.add(message);
    }
    this.buffer.putFirst(entry);
    this.showCurrent();
    this.say(`Taken back: ${last.words}.`);
    this.paintFrame();
  }

  // ---- keys

  commandOf(key, digit, isShifted) {
    if (key === "?") return () => this.toggleHelp(true);
    const inStrip = this.stripCommand(key, digit, isShifted);
    if (inStrip) return inStrip;
    if (key === "escape") return this.parts.notice.hidden ? null : () => this.notify("");
    const commands = {
      a: (at) => this.decide("approve", at), e: (at) => this.decide("escalate", at),
      f: (at) => this.decide("escalate", at), i: (at) => this.decide("invalidate", at),
      r: () => this.openStrip("reasons"), s: () => this.openStrip("skips"),
      n: () => this.writeNote(), u: () => this.undo(), h: () => this.toggle("highlights"),
      b: () => this.toggle("blur"), c: () => {},
    };
    return commands[key] || null;
  }

  stripCommand(key, digit, isShifted) {
    if (!this.strip) return null;
    if (key === "escape") return () => this.openStrip(null);
    const choices = this.strip === "reasons" ? this.data.reasons : this.data.skip_reasons;
    const choice = choices.find((one) => one.key === digit);
    if (this.strip === "reasons") {
      if (choice) return (at) => this.chooseReason(choice.code, isShifted, at);
      return key === "enter" ? (at) => this.reject([...this.markedReasons()], at) : null;
    }
    return choice ? (at) => this.skip(choice, at) : null;
  }

  skip(choice, pressedAt) {
    this.submit("skip", { reason: choice.code }, `Skipped: ${choice.words}`, pressedAt);
  }

  isHelpOpen() {
    return !this.parts.help.hidden;
  }

  wordsOf(code) {
    const known = [...this.data.reasons, ...(this.buffer.current?.item.scores || [])];
    const found = known.find((one) => (one.code || one.label) === code);
    return found ? found.words : plainWords(code);
  }

  nowIso() {
    return new Date(Date.now() + this.serverSkew).toISOString();
  }
}
