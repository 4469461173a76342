// What was decided but not yet confirmed. Sent at least once: resent whole until acknowledged,
// kept in sessionStorage so that a reload loses nothing. The server is idempotent on `uid`.

const RETRY_MS = [2_000, 3_000, 5_000, 8_000, 10_000];
const UNANSWERED_LIMIT = 3;
const COALESCE_MS = 120;
const AFTER_PAINT_MS = 20;
const MAX_BATCH = 200;

// crypto.randomUUID exists only on https and localhost; a team may serve plain http in its network.
function newUid() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

class Outbox {
  constructor(storageKey, transmit, onChange) {
    this.storageKey = `review_card.${storageKey}.pending`;
    this.transmit = transmit;
    this.onChange = onChange;
    this.unanswered = 0;
    this.retryTimer = null;
    this.soonTimer = null;
    this.lastSentAt = -Infinity;
    this.pending = this.restore();
  }

  restore() {
    try {
      const kept = JSON.parse(sessionStorage.getItem(this.storageKey) || "[]");
      // A message without these names could never be acknowledged.
      return kept.filter((one) => typeof one?.uid === "string" && typeof one.task_id === "string");
    } catch (error) {
      console.warn("Review card: nothing could be restored from this tab.", error);
      return [];
    }
  }

  keep() {
    try {
      sessionStorage.setItem(this.storageKey, JSON.stringify(this.pending));
    } catch (error) {
      console.warn("Review card: unsaved decisions cannot be kept over a reload.", error);
    }
  }

  // `message.held` names an undo that must be answered before this message may leave.
  add(message) {
    this.pending.push(message);
    this.keep();
    this.sendSoon();
  }

  sendable() {
    return this.pending.filter((one) => !one.held).slice(0, MAX_BATCH)
      .map(({ held, ...message }) => message);
  }

  // After the next paint, and not more often than the server can sensibly answer.
  sendSoon() {
    if (this.soonTimer !== null) return;
    const wait = Math.max(AFTER_PAINT_MS, this.lastSentAt + COALESCE_MS - performance.now());
    this.soonTimer = setTimeout(() => {
      this.soonTimer = null;
      this.sendNow(false);
    }, wait);
  }

  sendNow(isHeartbeat) {
    this.lastSentAt = performance.now();
    this.armRetry();
    this.transmit(this.sendable(), isHeartbeat);
  }

  armRetry() {
    if (this.retryTimer !== null || this.pending.length === 0) return;
    const delay = RETRY_MS[Math.min(this.unanswered, RETRY_MS.length - 1)];
    this.retryTimer = setTimeout(() => {
      this.retryTimer = null;
      if (this.pending.length === 0) return;
      this.unanswered += 1;
      this.sendNow(false);
      this.onChange();
    }, delay);
  }

  // Drops what the server answered; the messages that were dropped.
  settle(uids) {
    const answered = new Set(uids);
    const settled = this.pending.filter((one) => answered.has(one.uid));
    if (settled.length === 0) return settled;
    this.pending = this.pending.filter((one) => !answered.has(one.uid));
    this.unanswered = 0;
    this.disarm();
    this.keep();
    this.armRetry();
    if (this.sendable().length > 0 && this.pending.length >= MAX_BATCH) this.sendSoon();
    return settled;
  }

  // Messages waiting for the answer to this undo may leave, under the item's new claim if known.
  release(undoUid, claim) {
    const held = this.pending.filter((one) => one.held === undoUid);
    for (const message of held) Object.assign(message, claim || {}, { held: null });
    if (held.length === 0) return;
    this.keep();
    this.sendSoon();
  }

  remove(predicate) {
    this.pending = this.pending.filter((one) => !predicate(one));
    this.keep();
  }

  isFailing() {
    return this.pending.length > 0 &&
      (this.unanswered >= UNANSWERED_LIMIT || navigator.onLine === false);
  }

  disarm() {
    clearTimeout(this.retryTimer);
    this.retryTimer = null;
  }

  close() {
    this.disarm();
    clearTimeout(this.soonTimer);
  }
}
