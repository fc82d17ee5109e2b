// Elements are made here and nowhere else: what comes from people becomes text, never markup.

/** Make an element; an attribute that is a function listens, true stands alone, false and null are left out. */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") made.addEventListener(name, value);
    else if (value === true) made.setAttribute(name, "");
    else if (value !== false && value !== null) made.setAttribute(name, value);
  }
  made.append(...children.filter((child) => child !== null));
  return made;
}

// Characters that turn the order of others around: an amount or a name could read as another one.
const REORDERING = /[\u202a-\u202e\u2066-\u2069]/g;

/** Take away what would make people's text look other than it is. */
export const plain = (text) => String(text).replace(REORDERING, "\ufffd");

/** Show what somebody wrote, in its own direction. */
export const written = (text, tag = "bdi", attributes = {}) =>
  element(tag, { dir: "auto", ...attributes }, plain(text));
