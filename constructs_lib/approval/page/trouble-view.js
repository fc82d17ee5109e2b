// What is shown instead of a view: why there is none, and the way on.

import { element, plain } from "./element.js";
import { words } from "./words.js";

/** Say why the desk gave no answer that can be shown. */
export function trouble({ status }, page) {
  const say = words();
  const signIn = button(say.signIn, () => page.session.signIn());
  const again = button(say.tryAgain, () => (page.session ? page.show() : location.reload()));
  switch (status) {
    case 401:
      return told(say.sessionOver, say.sessionOverHint, signIn);
    case 403:
      return told(
        say.noRight,
        say.noRightHint(plain(page.group)),
        button(say.signOut, () => page.session.signOut()),
      );
    case 404:
      return told(say.notThere, say.notThereHint, element("a", { href: "#/approvals" }, say.back));
    default:
      return navigator.onLine ? told(say.noAnswer, say.noAnswerHint, again) : told(say.offline, say.offlineHint, again);
  }
}

/** Greet who is not signed in: they left, or the sign-in came to nothing. */
export function welcome(page) {
  const say = words();
  const signIn = button(say.signIn, () => page.session.signIn());
  return page.state === "failed"
    ? told(say.signInFailed, say.signInFailedHint, signIn)
    : told(say.signedOut, say.signedOutHint, signIn);
}

const told = (title, hint, way) => [
  element("h1", { tabindex: "-1" }, title),
  element("p", { class: "hint" }, hint),
  element("p", {}, way),
];

const button = (label, click) => element("button", { type: "button", class: "main", click }, label);
