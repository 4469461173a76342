// The prefetched items, the one on screen first, and the decisions that can still be taken back.

const MAX_HISTORY = 100;

const blankDraft = () => ({
  note: "", reasons: null, seconds: 0, revealed: false, highlightSeen: false, former: null,
  shownAt: null,
});

const newEntry = (item, message) => ({
  item: { ...item }, draft: blankDraft(), undoing: null, message,
});

class Buffer {
  constructor(pending) {
    this.entries = [];
    this.history = [];
    this.closed = new Set();
    for (const message of pending) this.follow(message);
  }

  // Restored messages close their tasks again, so that a reload does not show them twice.
  follow(message) {
    if (message.kind === "undo") this.closed.delete(message.task_id);
    else this.closed.add(message.task_id);
  }

  get current() {
    return this.entries[0] || null;
  }

  // Ids the browser holds. An item whose undo is unanswered is not among them: the server
  // reopens it under a new claim and has to send it again.
  have() {
    return this.entries.filter((entry) => !entry.undoing).map((entry) => entry.item.task_id);
  }

  byItem(itemId) {
    return this.entries.find((entry) => entry.item.item_id === itemId) || null;
  }

  merge(items, pendingUndos) {
    for (const item of items) {
      if (this.closed.has(item.task_id)) continue;
      const known = this.byItem(item.item_id);
      if (!known) this.entries.push(newEntry(item, null));
      else this.renew(known, item, pendingUndos);
    }
  }

  // A newer claim on an item that is already here: the reviewer's work on it stays.
  renew(entry, item, pendingUndos) {
    const isSame = entry.item.task_id === item.task_id && item.fence <= entry.item.fence;
    if (!isSame) entry.item = { ...item };
    if (!pendingUndos.has(entry.undoing)) entry.undoing = null;
  }

  take() {
    const entry = this.entries.shift();
    this.closed.add(entry.item.task_id);
    return entry;
  }

  remember(uid, entry, words) {
    this.history.push({ uid, entry, words, at: Date.now() });
    if (this.history.length > MAX_HISTORY) this.history.shift();
  }

  // The last decision inside the undo window, or null.
  lastUndoable(undoSeconds) {
    const last = this.history.at(-1);
    if (!last || Date.now() - last.at > undoSeconds * 1000) return null;
    return last;
  }

  forget(uid) {
    this.history = this.history.filter((past) => past.uid !== uid);
  }

  putFirst(entry) {
    this.closed.delete(entry.item.task_id);
    this.entries = this.entries.filter((other) => other.item.item_id !== entry.item.item_id);
    this.entries.unshift(entry);
  }

  // Back after the one on screen: nothing is swapped under a reviewer's finger.
  putBack(item, message) {
    this.closed.delete(item.task_id);
    const known = this.byItem(item.item_id);
    if (known) {
      Object.assign(known, { item: { ...item }, undoing: null, message });
      return;
    }
    this.entries.splice(1, 0, newEntry(item, message));
  }

  dropTasks(taskIds) {
    const gone = new Set(taskIds);
    this.entries = this.entries.filter((entry) => !gone.has(entry.item.task_id));
  }

  dropItem(itemId) {
    this.entries = this.entries.filter((entry) => entry.item.item_id !== itemId);
  }

  extendLeases(until) {
    for (const { item } of this.entries) {
      const isLater = item.lease_until && Date.parse(item.lease_until) < Date.parse(until);
      if (isLater) item.lease_until = until;
    }
  }
}
