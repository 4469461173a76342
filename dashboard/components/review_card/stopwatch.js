// Handling time without idling: a minute without input, or a hidden tab, stops the watch.

const IDLE_AFTER_MS = 60_000;
const SIGNS_OF_LIFE = ["keydown", "pointermove", "pointerdown", "wheel", "scroll", "touchstart"];

class Stopwatch {
  constructor() {
    this.activeMs = 0;
    this.lastSign = performance.now();
    this.onSign = () => this.sign();
    for (const name of SIGNS_OF_LIFE) {
      document.addEventListener(name, this.onSign, { capture: true, passive: true });
    }
    document.addEventListener("visibilitychange", this.onSign);
  }

  // Takes the time since the last sign into account, at most a minute of it.
  sign() {
    const now = performance.now();
    if (this.lastSign !== null) this.activeMs += Math.min(now - this.lastSign, IDLE_AFTER_MS);
    this.lastSign = document.hidden ? null : now;
  }

  isIdle() {
    return this.lastSign === null || performance.now() - this.lastSign > IDLE_AFTER_MS;
  }

  restart(seconds) {
    this.activeMs = seconds * 1000;
    this.lastSign = document.hidden ? null : performance.now();
  }

  seconds() {
    this.sign();
    return Math.round(this.activeMs) / 1000;
  }

  close() {
    for (const name of SIGNS_OF_LIFE) {
      document.removeEventListener(name, this.onSign, { capture: true });
    }
    document.removeEventListener("visibilitychange", this.onSign);
  }
}
