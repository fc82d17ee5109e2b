// Deciding: one request leaves for one decision, and nothing is called done that the desk did not confirm.

import { element, plain } from "./element.js";
import { words } from "./words.js";

const LONGEST_COMMENT = 2000;

/** Comments not yet sent, by approval: looking elsewhere, or changing the language, loses none. */
const drafts = new Map();

export function decisionForm(page, id) {
  let sending = false;
  const comment = element("textarea", {
    id: "comment",
    rows: "3",
    maxlength: String(LONGEST_COMMENT),
    dir: "auto",
    "aria-describedby": "comment-hint problem",
    input: () => drafts.set(id, comment.value),
  });
  comment.value = drafts.get(id) ?? "";
  const problem = element("p", { id: "problem", role: "alert" });
  const approve = element("button", { value: "approved", class: "approve" }, words().approve);
  const reject = element("button", { value: "rejected", class: "reject" }, words().reject);
  const progress = element("p", { role: "status", class: "progress" });

  function wait(waiting) {
    sending = waiting;
    // Not disabled: that would take the keyboard's place away.
    for (const button of [approve, reject]) button.setAttribute("aria-disabled", String(waiting));
    progress.textContent = waiting ? words().sending : "";
  }

  async function decide(decision) {
    if (sending) return;
    const missing = decision === "rejected" && !comment.value.trim();
    comment.setAttribute("aria-invalid", String(missing));
    problem.textContent = missing ? words().commentMissing : "";
    if (missing) return comment.focus();
    wait(true);
    const place = location.hash;
    const answer = await page.desk.decide(id, decision, comment.value.trim());
    wait(false);
    const outcome = outcomeOf(answer, decision);
    if (answer.status === 200) drafts.delete(id);
    // Whoever has gone elsewhere meanwhile hears of it there.
    if (outcome.closed || location.hash !== place || !form.isConnected) return page.show(outcome);
    problem.textContent = outcome.text;
    if (answer.status === 401) problem.append(" ", signIn(page));
  }

  const form = element(
    "form",
    { class: "decision", "aria-labelledby": "decide", submit: onSubmit },
    element("h2", { id: "decide" }, words().yourDecision),
    element("label", { for: "comment" }, words().comment),
    element("p", { id: "comment-hint", class: "hint" }, words().commentHint),
    comment,
    problem,
    element("div", { class: "choice" }, approve, reject),
    progress,
  );

  function onSubmit(event) {
    event.preventDefault();
    decide(event.submitter.value);
  }

  return form;
}

const signIn = (page) =>
  element("button", { type: "button", class: "quiet", click: () => page.session.signIn() }, words().signIn);

/** Say what an answer means, and whether there is nothing left to decide. */
function outcomeOf({ status, body }, decision) {
  const say = words();
  switch (status) {
    case 200: {
      const missing = body.quorum - body.approved_by.length;
      return { good: true, closed: true, text: body.status === "pending" ? say.counted(missing) : say.done[decision] };
    }
    case 400:
      return refused(say.notAccepted(plain(body.message)), false);
    case 401:
      return refused(say.notSignedIn, false);
    case 403:
      return refused(say.mayNot);
    case 404:
      return refused(say.goneMeanwhile);
    case 409:
      return refused(say.already[body.status]?.(plain(body.decided_by)) ?? say.notAccepted(plain(body.message)));
    case 410:
      return refused(say.tooLate);
    default:
      return refused(say.unknown, false);
  }
}

const refused = (text, closed = true) => ({ good: false, closed, text });
