// What the page says, in English.

export default {
  name: "English",
  title: "Approvals",
  sections: "Sections",
  waiting: "Waiting for you",
  decisions: "Decided by you",
  signIn: "Sign in",
  signOut: "Sign out",
  signedInAs: (person) => `Signed in as ${person}`,
  loading: "Loading…",
  tryAgain: "Try again",
  more: "Show more",
  back: "All that waits for you",

  nothingWaits: "Nothing waits for you.",
  nothingDecided: "You have decided nothing yet.",

  requestedBy: "From",
  requestedAt: "Asked",
  due: "Due",
  expiredAt: "Expired",
  step: "Step",
  needs: "Needs",
  approvals: (quorum) => (quorum === 1 ? "1 approval" : `${quorum} approvals`),
  approvedSoFar: "Approved by",
  yourDecision: "Your decision",
  outcome: "Outcome",
  details: "Details",
  history: "History",
  status: { pending: "Waiting", approved: "Approved", rejected: "Rejected", expired: "Expired" },
  events: {
    requested: "Requested",
    approved: "Approved",
    rejected: "Rejected",
    expired: "Expired",
    reminded: "Reminder sent",
    escalated: "Escalated",
    refused: "Decision refused",
  },
  by: (person) => `by ${person}`,

  comment: "Comment",
  commentHint: "Required to reject. It is kept with your decision.",
  commentMissing: "Say why you reject, so that the person who asked can understand it.",
  approve: "Approve",
  reject: "Reject",
  sending: "Sending your decision…",

  done: { approved: "Approved. Your decision is recorded.", rejected: "Rejected. Your decision is recorded." },
  counted: (missing) =>
    missing === 1
      ? "Your approval is recorded. One more is needed."
      : `Your approval is recorded. ${missing} more are needed.`,
  already: {
    approved: (person) => `Not recorded: ${person} has already approved this.`,
    rejected: (person) => `Not recorded: ${person} has already rejected this.`,
  },
  tooLate: "Not recorded: this approval has expired.",
  mayNot: "Not recorded: you may not decide on this.",
  goneMeanwhile: "Not recorded: this approval no longer exists.",
  notAccepted: (reason) => `Not recorded: ${reason}`,
  notSignedIn: "Not recorded: your sign-in has ended. Copy your comment if you need it, then sign in again.",
  unknown:
    "We do not know whether your decision was recorded: the desk did not answer. Send it again; it counts only once.",

  whyNot: {
    own_request: "You asked for this yourself, so somebody else has to decide.",
    already_decided: "You have already decided on this.",
    expired: "The time to decide is over.",
    decided: "This is already decided.",
  },

  signedOut: "You are signed out",
  signedOutHint: "Sign in to see what waits for you.",
  signInFailed: "The sign-in did not succeed",
  signInFailedHint: "Nothing has happened. Please sign in again.",
  sessionOver: "Your sign-in has ended",
  sessionOverHint: "Sign in again to go on where you were.",
  noRight: "You have no access here",
  noRightHint: (group) =>
    `Only those who are asked may look, as a rule the group “${group}”. Ask its owner, or sign in as somebody else.`,
  notThere: "There is no such approval",
  notThereHint: "The link may be incomplete, or the approval was decided long ago and is no longer kept.",
  offline: "You are offline",
  offlineHint: "The page cannot reach the desk. Check your connection and try again.",
  noAnswer: "The desk does not answer",
  noAnswerHint: "It may be busy. Try again in a moment.",
};
