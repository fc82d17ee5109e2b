// What waits for a person, and what they decided before: page after page.

import { element, written } from "./element.js";
import { deadline, fact, requester, status } from "./facts.js";
import { trouble } from "./trouble-view.js";
import { time, words } from "./words.js";

export const waitingView = (page) =>
  listView(page, {
    title: words().waiting,
    empty: words().nothingWaits,
    ask: (cursor) => page.desk.waiting(cursor),
    facts: [requester, deadline],
  });

export const decisionsView = (page) =>
  listView(page, {
    title: words().decisions,
    empty: words().nothingDecided,
    ask: (cursor) => page.desk.decisions(cursor),
    facts: [requester, decided, outcome],
  });

async function listView(page, { title, empty, ask, facts }) {
  const answer = await ask(null);
  if (answer.status !== 200) return trouble(answer, page);
  const list = element("ol", { class: "list", role: "list" });
  const more = element("button", { type: "button", class: "more" }, words().more);
  let cursor = null;
  const add = ({ body }) => {
    list.append(...body.approvals.map((approval) => item(approval, facts)));
    cursor = body.cursor;
    more.hidden = !cursor;
  };
  more.addEventListener("click", async () => {
    more.disabled = true;
    const shown = list.children.length;
    const next = await ask(cursor);
    more.disabled = false;
    if (!list.isConnected) return;
    if (next.status !== 200) return page.display(trouble(next, page));
    add(next);
    list.children[shown]?.querySelector("a").focus();
  });
  add(answer);
  // A page may come out empty although more follow: what ran out of time is left out of it.
  const nothing = !list.hasChildNodes() && more.hidden;
  return [
    element("h1", { tabindex: "-1" }, title),
    ...(nothing ? [element("p", { class: "empty" }, empty)] : [list, more]),
  ];
}

function item(approval, facts) {
  const link = written(approval.summary, "a", { href: `#/approvals/${encodeURIComponent(approval.approval_id)}` });
  return element(
    "li",
    { class: "card" },
    element("h2", {}, link),
    element("dl", {}, ...facts.map((each) => each(approval))),
  );
}

const decided = (approval) =>
  fact(
    words().yourDecision,
    element("div", {}, status({ status: approval.decision }), " ", time(approval.decided_at), comment(approval)),
  );

/** What became of it, where one decision was not all that counted. */
const outcome = (approval) => (approval.status === approval.decision ? null : fact(words().outcome, status(approval)));

const comment = (approval) => (approval.comment ? written(approval.comment, "p", { class: "said" }) : null);
