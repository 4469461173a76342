// Text whose contrast with what lies behind it is under 4.5 to 1, as readable strings.
() => {
  const pen = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
  const over = (below, colour) => {
    pen.fillStyle = `rgb(${below.join(' ')})`; pen.fillRect(0, 0, 1, 1);
    pen.fillStyle = colour; pen.fillRect(0, 0, 1, 1);
    return [...pen.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const behind = (node) => {
    const layers = [];
    for (let at = node; at; at = at.parentElement || at.getRootNode().host) {
      layers.unshift(getComputedStyle(at).backgroundColor);
    }
    return layers.reduce(over, [255, 255, 255]);
  };
  const light = (rgb) => rgb.map((v) => v / 255)
    .map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const faint = [];
  for (const node of window.cardOf().querySelectorAll('*')) {
    const own = [...node.childNodes].some((one) => one.nodeType === 3 && one.data.trim());
    if (!own || !node.getClientRects().length || node.closest('button:disabled')) continue;
    const below = behind(node);
    const [a, b] = [light(over(below, getComputedStyle(node).color)), light(below)];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    const name = `<${node.tagName} ${node.className}> ${node.textContent}`;
    if (ratio < 4.5) faint.push(`${ratio.toFixed(2)} ${name}`);
  }
  return faint;
}
