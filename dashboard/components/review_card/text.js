// Text into the page. Everything that comes from outside becomes a text node, never markup.

const element = (tag, className, text) => {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined && text !== null) made.textContent = text;
  return made;
};

const keyCap = (key) => element("kbd", null, key);

// Characters that show nothing or turn the text around. Emoji flags made of tags stay as they are.
const HIDDEN = new RegExp(
  "\\u{1F3F4}[\\u{E0020}-\\u{E007E}]+\\u{E007F}" +
    "|([\\u0000-\\u0008\\u000B\\u000C\\u000E-\\u001F\\u007F-\\u009F\\u00AD\\u034F\\u061C" +
    "\\u115F\\u1160\\u17B4\\u17B5\\u180E\\u200B-\\u200F\\u2028-\\u202E\\u2060-\\u206F\\u3164" +
    "\\uFEFF\\uFFA0\\uFFF9-\\uFFFB\\u{E0000}-\\u{E01EF}])\\1*",
  "gu",
);
const HIDDEN_NAMES = {
  "00AD": "soft hyphen", "061C": "Arabic letter mark", "200B": "zero-width space",
  "200C": "zero-width non-joiner", "200D": "zero-width joiner", "200E": "left-to-right mark",
  "200F": "right-to-left mark", "202A": "left-to-right embedding",
  "202B": "right-to-left embedding", "202C": "end of embedding",
  "202D": "left-to-right override", "202E": "right-to-left override", "2060": "word joiner",
  "2066": "left-to-right isolate", "2067": "right-to-left isolate",
  "2068": "first strong isolate", "2069": "end of isolate", "FEFF": "zero-width no-break space",
};
const JOINS_AFTER = /[\p{Extended_Pictographic}\p{Emoji_Modifier}\uFE0F\p{Script=Arabic}\p{Script=Syriac}\p{Script=Devanagari}\p{Script=Bengali}\p{Script=Gujarati}\p{Script=Gurmukhi}\p{Script=Kannada}\p{Script=Malayalam}\p{Script=Oriya}\p{Script=Sinhala}\p{Script=Tamil}\p{Script=Telugu}\p{Script=Khmer}\p{Script=Mongolian}]/u;
const MAX_GLYPHS = 400;

// A joiner right after an emoji or a letter of a joining script is spelling, not hiding.
function isSpelling(match, text) {
  if (match[1] === undefined) return true;
  if (match[0] !== "\u200C" && match[0] !== "\u200D") return false;
  const before = [...text.slice(Math.max(0, match.index - 2), match.index)].at(-1) || "";
  return JOINS_AFTER.test(before);
}

function glyphOf(run) {
  const code = run.codePointAt(0).toString(16).toUpperCase().padStart(4, "0");
  const count = [...run].length;
  const glyph = element("span", "glyph", `U+${code}${count > 1 ? ` ×${count}` : ""}`);
  glyph.title = HIDDEN_NAMES[code] || "invisible character";
  return glyph;
}

// Appends text with every hidden character as a small marked glyph; `budget` bounds their number.
function appendText(parent, text, budget) {
  const source = text.replace(/\r\n?/g, "\n");
  let from = 0;
  for (const match of source.matchAll(HIDDEN)) {
    if (isSpelling(match, source)) continue;
    if (match.index > from) parent.append(source.slice(from, match.index));
    from = match.index + match[0].length;
    if (budget.left > 0) parent.append(glyphOf(match[0]));
    else parent.append("\uFFFD");
    budget.left -= 1;
  }
  if (from < source.length) parent.append(source.slice(from));
}

function safeText(tag, className, text) {
  const made = element(tag, className);
  made.dir = "auto";
  appendText(made, text, { left: MAX_GLYPHS });
  return made;
}

const LABEL_LETTERS = {
  toxicity: "T", hate_speech: "H", spam: "S", sentiment: "N", violence: "V", adult_content: "A",
  misinformation: "M",
};
const letterOf = (label) => LABEL_LETTERS[label] || label.slice(0, 1).toUpperCase();
const plainWords = (code) => code.charAt(0).toUpperCase() + code.slice(1).replaceAll("_", " ");

// Segments [[text, label|null], ...]: labelled ones are coloured, underlined and carry a letter.
function appendSegments(parent, segments, wordsOf) {
  const budget = { left: MAX_GLYPHS };
  for (const [text, label] of segments) {
    if (!label) {
      appendText(parent, text, budget);
      continue;
    }
    const mark = element("mark");
    mark.dataset.label = label;
    mark.title = wordsOf(label);
    appendText(mark, text, budget);
    const letter = element("sup", "letter", letterOf(label));
    letter.setAttribute("aria-label", ` (${wordsOf(label)})`);
    mark.append(letter);
    parent.append(mark);
  }
}

function clockWords(seconds) {
  const whole = Math.max(0, Math.ceil(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

const countWords = (count, one, many) => `${count.toLocaleString("en")} ${count === 1 ? one : many}`;
