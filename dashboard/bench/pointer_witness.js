// Times from letting a handle go to what is painted after it.
(() => {
  const state = { at: null, text: null, waiting: false };
  window.repaints = [];
  window.rests = [];
  const numbers = () => {
    const place = document.querySelector(window.watched);
    return place ? place.innerText : null;
  };
  const painted = (list) => {
    const since = state.at;
    requestAnimationFrame(() => requestAnimationFrame(() => list.push(performance.now() - since)));
  };
  document.addEventListener("pointerdown", () => { state.text = numbers(); }, true);
  document.addEventListener("pointerup", () => {
    state.at = performance.now();
    state.waiting = true;
    state.resting = false;
  }, true);
  const look = () => {
    if (!state.at) return;
    const app = document.querySelector("[data-testid=stApp]");
    const isRunning = app && app.getAttribute("data-test-script-state") !== "notRunning";
    if (isRunning) state.resting = true;
    const text = numbers();
    if (state.waiting && text && text !== state.text) {
      state.waiting = false;
      painted(window.repaints);
    }
    if (state.resting && !isRunning && !state.waiting) {
      state.resting = false;
      painted(window.rests);
    }
  };
  document.addEventListener("DOMContentLoaded", () => {
    new MutationObserver(look).observe(document.documentElement, {
      attributes: true, characterData: true, childList: true, subtree: true,
    });
  });
})();
