// The card's screen: painting the current item and everything that opens, closes and ticks.

const screen = {
  // Paints the first item of the buffer, if another one than before.
  showCurrent() {
    const entry = this.buffer.current;
    this.paintState();
    const isSame = entry === this.shown && entry?.item === this.shownItem;
    if (isSame) return;
    if (this.shown && entry !== this.shown) this.leave(this.shown);
    const isOther = entry !== this.shown;
    this.shown = entry;
    this.shownItem = entry ? entry.item : null;
    if (entry) this.paintItem(entry, isOther);
    if (isOther) this.beginItem(entry);
  },

  leave(entry) {
    if (this.buffer.entries.includes(entry)) entry.draft.seconds = this.stopwatch.seconds();
  },

  beginItem(entry) {
    this.strip = null;
    this.isSeveral = false;
    this.paintStrips();
    this.paintNote(false);
    this.paintedAt = null;
    if (!entry) return;
    entry.draft.shownAt = this.nowIso();
    entry.draft.highlightSeen = this.wishes.now.highlights;
    this.stopwatch.restart(entry.draft.seconds);
    requestAnimationFrame(() => {
      if (this.shown === entry) this.paintedAt = performance.now();
    });
  },

  paintItem(entry, isOther) {
    const { item } = entry;
    const wordsOf = (code) => this.wordsOf(code);
    this.isPeeking = false;
    this.isHovering = false;
    paintChips(this.parts.chips, item);
    paintContent(this.parts.content, entry, wordsOf);
    paintReturned(this.parts.content, entry);
    paintLegend(this.parts.legend, item, wordsOf);
    paintFacts(this.parts.facts, item, wordsOf);
    this.root.dataset.task = item.task_id;
    this.root.dataset.item = item.item_id;
    if (isOther) this.parts.reading.scrollTop = this.parts.grid.scrollTop = 0;
    this.paintWishes();
  },

  paintState() {
    const entry = this.buffer.current;
    const closing = this.outbox.pending.filter((one) => one.kind !== "undo").length;
    const waits = this.data.waiting - closing > 0 || this.outbox.pending.some((one) => one.kind === "undo");
    const state = entry ? "item" : waits ? "loading" : "empty";
    this.lackingSince = state === "loading" ? this.lackingSince ?? performance.now() : null;
    const isSlow = this.lackingSince !== null && performance.now() - this.lackingSince > SLOW_AFTER_MS;
    this.root.dataset.state = state;
    this.parts.grid.hidden = !entry;
    this.parts.placeholder.hidden = Boolean(entry);
    if (entry) return;
    paintPlaceholder(this.parts, isSlow ? "slow" : state);
    this.parts.chips.replaceChildren();
    delete this.root.dataset.task;
    delete this.root.dataset.item;
  },

  // Counters, the saving mark, the claim's clock and which buttons can be pressed.
  paintFrame() {
    const { pending } = this.outbox;
    const decided = pending.filter((one) => one.kind === "decide").length;
    const undone = pending.filter((one) => one.kind === "undo").length;
    const skipped = pending.length - decided - undone;
    paintProgress(this.parts, {
      waiting: Math.max(0, this.data.waiting - decided - skipped + undone),
      done: Math.max(0, this.data.done_today + decided - undone),
      others: this.data.also_looking,
      unsaved: pending.length,
      isFailing: this.outbox.isFailing(),
    });
    this.paintClocks();
  },

  paintClocks() {
    const item = this.buffer.current?.item;
    paintClaim(this.parts.claim, item, Date.now() + this.serverSkew);
    const last = this.buffer.lastUndoable(this.data.undo_seconds);
    const left = last ? this.data.undo_seconds - (Date.now() - last.at) / 1000 : 0;
    this.parts["undo-left"].textContent = last ? `Undo for ${clockWords(left)}` : "";
    for (const button of this.parts.actions.children) {
      const { act } = button.dataset;
      button.disabled = act === "undo" ? !last : act !== "help" && !item;
    }
  },

  paintWishes() {
    const entry = this.buffer.current;
    const { highlights, blur } = this.wishes.now;
    this.root.dataset.highlights = highlights ? "on" : "off";
    const isOpen = entry && (entry.draft.revealed || this.isPeeking || this.isHovering);
    const isVeiled = Boolean(entry && entry.item.severe && blur && !isOpen);
    this.root.dataset.veiled = String(isVeiled);
    this.parts.veil.hidden = !isVeiled;
    this.parts["veil-why"].textContent = entry?.item.blind ? "Blurred: a blind review does not say what is severe" : "Blurred: rated severe";
    paintSwitches(this.parts.legend, { highlights, blur });
  },

  markedReasons() {
    const { draft, item } = this.buffer.current;
    return draft.reasons ?? new Set(item.reasons);
  },

  openStrip(name) {
    if (!this.buffer.current) return;
    this.strip = this.strip === name ? null : name;
    this.isSeveral = false;
    this.paintStrips();
    if (this.strip === "reasons") this.say("Choose a reason by its digit. Enter takes the marked ones.");
    if (this.strip === "skips") this.say("Choose why by its digit.");
  },

  collectSeveral() {
    const { draft, item } = this.buffer.current;
    this.isSeveral = !this.isSeveral;
    draft.reasons ??= new Set(item.reasons);
    this.paintStrips();
  },

  paintStrips() {
    const { reasons, skips } = this.parts;
    reasons.hidden = this.strip !== "reasons";
    skips.hidden = this.strip !== "skips";
    for (const act of ["reject", "skip"]) {
      const button = this.parts.actions.querySelector(`[data-act=${act}]`);
      button.setAttribute("aria-expanded", String(this.strip === (act === "skip" ? "skips" : "reasons")));
    }
    if (!reasons.hidden) paintReasons(reasons, this.data.reasons, this.markedReasons(), this.isSeveral);
    if (!skips.hidden) paintSkips(skips, this.data.skip_reasons);
  },

  paintNote(isOpen) {
    const note = this.buffer.current?.draft.note || "";
    const field = this.parts["note-field"];
    this.parts.note.hidden = !isOpen && !note;
    if (field.value !== note) field.value = note;
    this.parts["note-count"].textContent = `${note.length} / 1000`;
  },

  writeNote() {
    if (!this.buffer.current) return;
    this.paintNote(true);
    this.parts["note-field"].focus();
  },

  keepNote(text) {
    if (this.buffer.current) this.buffer.current.draft.note = text;
    this.parts["note-count"].textContent = `${text.length} / 1000`;
  },

  leaveNote() {
    this.parts.reading.focus({ preventScroll: true });
    this.paintNote(false);
    this.say("Keys are on. The note goes with the decision.");
  },

  toggle(name) {
    const isOn = this.wishes.flip(name);
    const entry = this.buffer.current;
    if (name === "highlights" && isOn && entry) entry.draft.highlightSeen = true;
    if (name === "blur" && entry) entry.draft.revealed = false;
    this.paintWishes();
    this.say(`${plainWords(name)} ${isOn ? "on" : "off"}.`);
  },

  toggleHelp(isOpen) {
    this.parts.help.hidden = !isOpen;
    if (isOpen) this.parts.help.querySelector("button").focus();
    else this.parts.reading.focus({ preventScroll: true });
  },

  peek(isOn) {
    if (this.isPeeking === isOn) return;
    this.isPeeking = isOn;
    this.paintWishes();
  },

  // Only a pointer that moves after the item appeared asks for it; a resting one does not.
  hover(isOn) {
    if (Boolean(this.isHovering) === isOn || (isOn && this.paintedAt === null)) return;
    this.isHovering = isOn;
    this.paintWishes();
  },

  keepOpen() {
    const entry = this.buffer.current;
    if (!entry || !entry.item.severe) return;
    entry.draft.revealed = true;
    this.paintWishes();
  },

  space(isRepeat) {
    const entry = this.buffer.current;
    if (!entry) return false;
    if (entry.item.severe && this.wishes.now.blur && !entry.draft.revealed) this.peek(true);
    else if (!isRepeat) this.scroll(this.parts.reading.clientHeight * 0.8);
    return true;
  },

  scroll(distance) {
    for (const part of [this.parts.reading, this.parts.grid]) part.scrollBy({ top: distance });
    return Boolean(this.buffer.current);
  },

  notify(words) {
    this.parts["notice-words"].textContent = words;
    this.parts.notice.hidden = !words;
  },

  say(words) {
    this.parts.status.textContent = words;
  },

  tick() {
    this.fitHeight();
    if (document.hidden) return;
    const quietFor = performance.now() - this.outbox.lastSentAt;
    const { state } = this.root.dataset;
    if (state === "loading" && quietFor >= ASK_AGAIN_MS) this.outbox.sendNow(true);
    else if (state === "empty" && quietFor >= LOOK_AGAIN_MS) this.outbox.sendNow(true);
    else if (!this.stopwatch.isIdle() && quietFor >= HEARTBEAT_MS) this.outbox.sendNow(true);
    if (state !== "item") this.paintState();
    this.paintFrame();
  },

  // The card fills the window from where it starts, so that the buttons never move.
  fitHeight() {
    let above = this.root.getBoundingClientRect().top;
    let box = this.root.getRootNode().host;
    while (box) {
      above += box.scrollTop;
      box = box.parentElement;
    }
    if (Math.abs(above - (this.above ?? -9)) < 2) return;
    this.above = above;
    this.root.style.setProperty("--card-top", `${Math.round(above)}px`);
  },
};

Object.assign(ReviewCard.prototype, screen);
