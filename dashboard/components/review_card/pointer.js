// Mouse and touch: every button does what its key does; pointing at blurred text shows it.

class Pointer {
  constructor(root, parts, card) {
    this.root = root;
    this.reading = parts.reading;
    this.onClick = (event) => this.click(event, card);
    this.onMove = () => card.hover(true);
    this.onOut = () => card.hover(false);
    this.onNote = (event) => card.keepNote(event.target.value);
    this.field = parts["note-field"];
    root.addEventListener("click", this.onClick);
    this.reading.addEventListener("pointermove", this.onMove);
    this.reading.addEventListener("pointerleave", this.onOut);
    this.field.addEventListener("input", this.onNote);
  }

  close() {
    this.root.removeEventListener("click", this.onClick);
    this.reading.removeEventListener("pointermove", this.onMove);
    this.reading.removeEventListener("pointerleave", this.onOut);
    this.field.removeEventListener("input", this.onNote);
  }

  click(event, card) {
    const button = event.target.closest("button[data-act]");
    if (!button) {
      if (event.target.closest(".reading")) card.keepOpen();
      return;
    }
    const { act, code } = button.dataset;
    const isMouse = event.detail > 0;
    this.actions(card, code, event)[act]();
    // A clicked button gives the focus back, so that Enter and Space stay the card's keys.
    if (isMouse && act !== "note" && act !== "help") this.reading.focus({ preventScroll: true });
  }

  actions(card, code, event) {
    const at = event.timeStamp;
    return {
      approve: () => card.decide("approve", at),
      escalate: () => card.decide("escalate", at),
      invalidate: () => card.decide("invalidate", at),
      reject: () => card.openStrip("reasons"),
      skip: () => card.openStrip("skips"),
      reason: () => card.chooseReason(code, event.shiftKey, at),
      several: () => card.collectSeveral(),
      confirm: () => card.reject([...card.markedReasons()], at),
      "skip-reason": () => card.skip(card.data.skip_reasons.find((one) => one.code === code), at),
      note: () => card.writeNote(),
      undo: () => card.undo(),
      help: () => card.toggleHelp(!card.isHelpOpen()),
      dismiss: () => card.notify(""),
      highlights: () => card.toggle("highlights"),
      blur: () => card.toggle("blur"),
    };
  }
}
