// Starts the page: who is here, which place they ask for, and the view of it.

import { approvalView } from "./approval-view.js";
import { Desk } from "./desk.js";
import { drawFrame } from "./frame.js";
import { decisionsView, waitingView } from "./list-view.js";
import { Session } from "./sign-in.js";
import { trouble, welcome } from "./trouble-view.js";
import { currentLanguage, keepTime, words } from "./words.js";

const notice = document.getElementById("notice");
const view = document.getElementById("view");
let turn = 0;

/** What views may use: the desk, who is here, and showing another view, or the place again and what happened. */
const page = { session: null, desk: null, group: "", state: "", show, display };

/** Show the place in the address; a view that comes too late for it is dropped. */
async function show({ text = "", good = true } = {}) {
  const mine = ++turn;
  document.documentElement.lang = currentLanguage();
  notice.textContent = text;
  notice.className = good ? "good" : "bad";
  drawFrame(page);
  view.setAttribute("aria-busy", "true");
  const made = await viewOfPlace();
  if (mine === turn) display(made);
}

/** Put a view on the page, and whoever reads or types at its beginning. */
function display(made) {
  view.replaceChildren(...made);
  view.removeAttribute("aria-busy");
  const heading = view.querySelector("h1");
  document.title = `${heading.textContent} · ${words().title}`;
  heading.focus({ preventScroll: true });
  scrollTo(0, 0);
}

function viewOfPlace() {
  if (page.state !== "signed in") return page.session ? welcome(page) : trouble({ status: 0 }, page);
  const place = location.hash.replace(/^#\/?/, "");
  if (place === "" || place === "approvals") return waitingView(page);
  if (place === "decisions") return decisionsView(page);
  const [, id] = /^approvals\/([\w-]+)$/.exec(place) ?? [];
  return id ? approvalView(page, id) : trouble({ status: 404 }, page);
}

async function start() {
  view.textContent = words().loading;
  try {
    const config = await (await fetch("config.json", { cache: "no-store" })).json();
    page.session = new Session(config);
    page.desk = new Desk(page.session);
    page.group = config.group;
    page.state = await page.session.arrive();
  } catch {
    page.session = null;
  }
  if (page.state === "leaving") return;
  addEventListener("hashchange", () => show());
  // A browser may keep the whole page for the way back: whoever comes next must not see what was shown before.
  addEventListener("pageshow", ({ persisted }) => persisted && page.session?.isOver && location.reload());
  setInterval(keepTime, 20_000);
  await show();
}

await start();
