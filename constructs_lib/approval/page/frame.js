// What stands around every view: the two lists, the language, and who is here.

import { element, written } from "./element.js";
import { otherLanguage, speak, words, wordsOf } from "./words.js";

export function drawFrame(page) {
  const signedIn = page.state === "signed in";
  const brand = element("a", { class: "brand", href: "#/approvals" }, words().title);
  const bar = element("div", { class: "bar" }, brand, languageSwitch(page), signedIn ? signOut(page) : null);
  document.querySelector("header").replaceChildren(bar, signedIn ? sections(page) : "");
  const person = signedIn ? written(words().signedInAs(page.session.person), "p") : "";
  document.querySelector("footer").replaceChildren(person);
}

function sections(page) {
  const here = location.hash === "#/decisions" ? "decisions" : "approvals";
  // Where the address stays as it is, the browser does nothing; people expect the list as it is now.
  const again = (event) => event.currentTarget.hash === location.hash && page.show();
  const link = (name, label) =>
    element("a", { href: `#/${name}`, "aria-current": name === here ? "page" : null, click: again }, label);
  return element(
    "nav",
    { "aria-label": words().sections },
    link("approvals", words().waiting),
    link("decisions", words().decisions),
  );
}

const quiet = (label, click, more = {}) => element("button", { type: "button", class: "quiet", click, ...more }, label);

const signOut = (page) => quiet(words().signOut, () => page.session.signOut());

function languageSwitch(page) {
  const other = otherLanguage();
  const change = () => {
    speak(other);
    page.show();
  };
  return quiet(wordsOf(other).name, change, { lang: other });
}
