// What is said of an approval wherever it is shown.

import { element, written } from "./element.js";
import { time, words } from "./words.js";

const SOON = 24 * 3600 * 1000;

export const status = (approval) =>
  element("span", { class: `status ${approval.status}` }, words().status[approval.status]);

/** Until when people may decide, or since when they may not; what is decided has no deadline. */
export function deadline({ status, expires_at }) {
  const left = Date.parse(expires_at) - Date.now();
  if (status === "expired" || (status === "pending" && left <= 0)) return fact(words().expiredAt, time(expires_at));
  if (status !== "pending") return null;
  return fact(words().due, time(expires_at), left < SOON ? "soon" : "");
}

export const fact = (label, content, kind = "") =>
  element("div", { class: `fact ${kind}`.trim() }, element("dt", {}, label), element("dd", {}, content));

export const requester = (approval) =>
  approval.requester ? fact(words().requestedBy, written(approval.requester)) : null;
