// Times from letting a handle go to what is painted after it.
(() => {
  const state = { at: null, text: null, list: null, waiting: false, listing: false };
  window.repaints = [];
  window.lists = [];
  const numbers = () => {
    const place = document.querySelector(window.watched);
    return place ? place.innerText : null;
  };
  // Another list has another key, and with it another class; its canvas comes when it is drawn.
  const list = () => {
    const canvas = document.querySelector(`[class*=${window.listed}] canvas`);
    const names = canvas && canvas.closest(`[class*=${window.listed}]`).classList;
    return names ? [...names].find((name) => name.startsWith(window.listed)) : null;
  };
  const painted = (list) => {
    const since = state.at;
    requestAnimationFrame(() => requestAnimationFrame(() => list.push(performance.now() - since)));
  };
  document.addEventListener("pointerdown", () => {
    state.text = numbers();
    state.list = list();
  }, true);
  document.addEventListener("pointerup", (event) => {
    // When it happened, and not when a busy page came to handle it.
    state.at = event.timeStamp;
    state.waiting = true;
    state.listing = true;
  }, true);
  const look = () => {
    if (!state.at) return;
    const text = numbers();
    if (state.waiting && text && text !== state.text) {
      state.waiting = false;
      painted(window.repaints);
    }
    const drawn = state.listing && list();
    if (drawn && drawn !== state.list) {
      state.listing = false;
      painted(window.lists);
    }
  };
  document.addEventListener("DOMContentLoaded", () => {
    new MutationObserver(look).observe(document.documentElement, {
      attributes: true, characterData: true, childList: true, subtree: true,
    });
  });
})();
