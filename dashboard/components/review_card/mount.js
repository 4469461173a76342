// Streamlit calls this on every change of data; the returned cleanup runs only at unmount.

const CARDS = new WeakMap();

export default function (component) {
  const { data, parentElement, setTriggerValue } = component;
  let card = CARDS.get(parentElement);
  if (!card) {
    card = new ReviewCard(parentElement, data);
    CARDS.set(parentElement, card);
  }
  card.transmit = setTriggerValue;
  card.receive(data);
  return () => {
    card.close();
    CARDS.delete(parentElement);
  };
}
