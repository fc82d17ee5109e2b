// The desk's API. An answer is its status and its body; with status 0 there is none, and nobody knows what happened.

const TIMEOUT = 15_000;

export class Desk {
  #session;

  constructor(session) {
    this.#session = session;
  }

  waiting(cursor) {
    return this.#ask("GET", `approvals${after(cursor)}`);
  }

  decisions(cursor) {
    return this.#ask("GET", `decisions${after(cursor)}`);
  }

  approval(id) {
    return this.#ask("GET", `approvals/${encodeURIComponent(id)}`);
  }

  /** Decide: the same again is answered as the first time, so whoever got no answer may send it again. */
  decide(id, decision, comment) {
    return this.#ask("POST", `approvals/${encodeURIComponent(id)}/decision`, { decision, comment });
  }

  async #ask(method, path, body) {
    const answer = await this.#send(method, path, body);
    // A token lives an hour, and a person may read for longer. What 401 refused has changed nothing: it may go again.
    return answer.status === 401 && (await this.#session.renew()) ? this.#send(method, path, body) : answer;
  }

  async #send(method, path, body) {
    try {
      const answer = await fetch(path, {
        method,
        headers: {
          Authorization: `Bearer ${this.#session.token}`,
          ...(body && { "Content-Type": "application/json" }),
        },
        body: body && JSON.stringify(body),
        cache: "no-store",
        signal: AbortSignal.timeout(TIMEOUT),
      });
      const read = answer.json();
      return { status: answer.status, body: answer.ok ? await read : await read.catch(() => ({})) };
    } catch {
      return { status: 0, body: {} };
    }
  }
}

const after = (cursor) => (cursor ? `?${new URLSearchParams({ cursor })}` : "");
