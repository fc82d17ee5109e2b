// The language of the page, and moments as people say them in it.

import { element } from "./element.js";
import en from "./words-en.js";
import ko from "./words-ko.js";

const LANGUAGES = { en, ko };
const REMEMBERED = "language";

const preferred = navigator.languages.map((tag) => tag.slice(0, 2)).find((tag) => tag in LANGUAGES);
const remembered = localStorage.getItem(REMEMBERED);
let language = remembered in LANGUAGES ? remembered : (preferred ?? "en");

export const currentLanguage = () => language;
export const otherLanguage = () => Object.keys(LANGUAGES).find((each) => each !== language);
export const words = () => LANGUAGES[language];
export const wordsOf = (other) => LANGUAGES[other];

/** Speak another language from now on, also after the next sign-in. */
export function speak(chosen) {
  language = chosen;
  localStorage.setItem(REMEMBERED, chosen);
}

const SECOND = 1000;
const UNITS = [
  ["day", 86400 * SECOND, 2],
  ["hour", 3600 * SECOND, 2],
  ["minute", 60 * SECOND, 1],
  ["second", SECOND, 0],
];

/** Say how far away a moment is, in whole units and never too late: 47 hours are not two days. */
export function fromNow(moment, now = Date.now()) {
  const distance = Date.parse(moment) - now;
  const [unit, length] = UNITS.find(([, length, atLeast]) => Math.abs(distance) >= length * atLeast);
  const numeric = unit === "second" ? "auto" : "always";
  return new Intl.RelativeTimeFormat(locale(), { numeric }).format(Math.trunc(distance / length), unit);
}

/** Say when, with the zone, for people decide across them. */
export function onTheClock(moment) {
  return new Intl.DateTimeFormat(locale(), {
    weekday: "short",
    year: "numeric",
    month: "short",
    day: "numeric",
    hour: "numeric",
    minute: "2-digit",
    timeZoneName: "short",
  }).format(new Date(moment));
}

/** Show a moment both ways; `keepTime` keeps the first one true. */
export function time(moment) {
  return element(
    "time",
    { datetime: moment },
    element("span", { class: "from-now" }, fromNow(moment)),
    element("span", { class: "clock" }, onTheClock(moment)),
  );
}

/** Say again how far away the moments on the page are. */
export function keepTime() {
  for (const shown of document.querySelectorAll("time")) shown.firstChild.textContent = fromNow(shown.dateTime);
}

/** The browser's own variety of the language, so that clocks and dates look as its owner set them. */
const locale = () => navigator.languages.find((tag) => tag.startsWith(language)) ?? language;
