// One approval: what is asked, by whom, what has happened, and the decision if it is this person's to make.

import { decisionForm } from "./decision-form.js";
import { element, plain, written } from "./element.js";
import { deadline, fact, requester, status } from "./facts.js";
import { trouble } from "./trouble-view.js";
import { time, words } from "./words.js";

export async function approvalView(page, id) {
  const { status: answered, body: approval } = await page.desk.approval(id);
  if (answered !== 200) return trouble({ status: answered }, page);
  return [
    element("p", {}, element("a", { class: "back", href: "#/approvals" }, words().back)),
    element("p", {}, status(approval)),
    written(approval.summary, "h1", { tabindex: "-1" }),
    facts(approval),
    ...(approval.details ? [section(words().details, written(approval.details, "p", { class: "details" }))] : []),
    approval.may_decide ? decisionForm(page, id) : whyNot(approval),
    section(words().history, element("ol", { class: "history", role: "list" }, ...approval.history.map(event))),
  ];
}

function facts(approval) {
  const { quorum, approved_by } = approval;
  return element(
    "dl",
    { class: "facts" },
    requester(approval),
    fact(words().requestedAt, time(approval.requested_at)),
    deadline(approval),
    quorum > 1 ? fact(words().needs, words().approvals(quorum)) : null,
    quorum > 1 && approved_by.length ? fact(words().approvedSoFar, written(approved_by.join(", "))) : null,
    fact(words().step, written(approval.step)),
  );
}

const section = (title, ...content) => element("section", {}, element("h2", {}, title), ...content);

const whyNot = ({ why_not }) => element("p", { class: "why-not" }, words().whyNot[why_not]);

const event = ({ at, event, by, comment }) =>
  element(
    "li",
    {},
    element("p", {}, words().events[event] ?? plain(event), " ", by ? written(words().by(by)) : ""),
    time(at),
    comment ? written(comment, "p", { class: "said" }) : null,
  );
