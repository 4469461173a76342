// One listener in the capture phase: the card owns plain keys, so that Streamlit's R and C rest.

const DIALOGS = "[role=dialog], [role=alertdialog], [aria-modal=true]";
const TYPING = /^(INPUT|TEXTAREA|SELECT)$/;
const PRESSABLE = /^(BUTTON|A|SUMMARY)$/;
const SCROLL_STEP = 90;
const SCROLL_KEYS = { arrowdown: 1, j: 1, arrowup: -1, k: -1, pagedown: 6, pageup: -6 };

// The letter on the key; on keyboards of other scripts the letter at its Latin place.
function keyName(event) {
  if (/^[\x21-\x7e]$/.test(event.key)) return event.key.toLowerCase();
  const place = /^Key([A-Z])$/.exec(event.code);
  return (place && event.key.length === 1 ? place[1] : event.key).toLowerCase();
}

function digitOf(event) {
  const place = /^(?:Digit|Numpad)([1-9])$/.exec(event.code);
  return place && (event.shiftKey || !/^[a-z]$/i.test(event.key)) ? place[1] : null;
}

class Keyboard {
  constructor(root, card) {
    this.root = root;
    this.card = card;
    this.onDown = (event) => this.down(event);
    this.onUp = (event) => this.up(event);
    this.onLeave = () => card.peek(false);
    document.addEventListener("keydown", this.onDown, true);
    document.addEventListener("keyup", this.onUp, true);
    window.addEventListener("blur", this.onLeave);
  }

  close() {
    document.removeEventListener("keydown", this.onDown, true);
    document.removeEventListener("keyup", this.onUp, true);
    window.removeEventListener("blur", this.onLeave);
  }

  down(event) {
    if (event.isComposing || document.querySelector(DIALOGS)) return;
    const [target] = event.composedPath();
    const isOurs = event.composedPath().includes(this.root);
    if (target.isContentEditable || TYPING.test(target.tagName || "")) {
      if (isOurs) this.typing(event);
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const key = keyName(event);
    if (this.belongsElsewhere(key, target, isOurs)) return;
    if (this.handle(key, event)) {
      event.preventDefault();
      event.stopImmediatePropagation();
    }
  }

  // Typing a note: the page outside must not take the letters for its shortcuts.
  typing(event) {
    event.stopImmediatePropagation();
    const isDone = event.key === "Escape" || (event.key === "Enter" && (event.ctrlKey || event.metaKey));
    if (!isDone) return;
    event.preventDefault();
    this.card.leaveNote();
  }

  // A focused button keeps Enter and Space; arrows belong to widgets outside the card.
  belongsElsewhere(key, target, isOurs) {
    const isPressable = PRESSABLE.test(target.tagName || "") || target.getAttribute?.("role") === "button";
    if (isPressable && (key === "enter" || key === " ")) return true;
    return !isOurs && target !== document.body && (key.startsWith("arrow") || key.startsWith("page"));
  }

  // True when the key is the card's, even if it does nothing at this moment.
  handle(key, event) {
    const { card } = this;
    if (card.isHelpOpen()) {
      if (key === "escape" || key === "?") card.toggleHelp(false);
      return true;
    }
    if (key in SCROLL_KEYS) return card.scroll(SCROLL_KEYS[key] * SCROLL_STEP);
    if (key === " ") return card.space(event.repeat);
    const command = card.commandOf(key, digitOf(event), event.shiftKey);
    if (command === null) return false;
    if (!event.repeat) command(event.timeStamp);
    return true;
  }

  up(event) {
    if (event.key === " ") this.card.peek(false);
    const isTyping = TYPING.test(event.composedPath()[0].tagName || "");
    if (isTyping && event.composedPath().includes(this.root)) event.stopImmediatePropagation();
  }
}
