// Notes which task was on screen at every press, and when its successor was painted: the first
// task after the next animation frame.
window.presses = [];
window.paints = [];
window.received = 0;
window.cardOf = () => {
  if (!window.card?.isConnected) {
    window.card = [...document.querySelectorAll("*")]
      .map((one) => one.shadowRoot?.querySelector(".card")).find(Boolean);
  }
  return window.card;
};
window.addEventListener("keydown", (event) => {
  const card = window.cardOf();
  if (!card) return;
  const press = { key: event.key, task: card.dataset.task, advanced: false };
  window.presses.push(press);
  const watch = new MutationObserver(() => {
    watch.disconnect();
    press.advanced = true;
    requestAnimationFrame(() => {
      const after = new MessageChannel();
      after.port1.onmessage = () => window.paints.push(performance.now() - event.timeStamp);
      after.port2.postMessage(0);
    });
  });
  watch.observe(card, { attributes: true, attributeFilter: ["data-task"] });
  setTimeout(() => watch.disconnect(), 140);
}, true);
const PlainSocket = window.WebSocket;
window.WebSocket = new Proxy(PlainSocket, {
  construct(target, args) {
    const socket = new target(...args);
    socket.addEventListener("message", (event) => {
      window.received += event.data.byteLength ?? event.data.size ?? event.data.length ?? 0;
    });
    return socket;
  },
});
