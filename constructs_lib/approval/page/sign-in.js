// Signing in on the user pool's own pages: authorization code with PKCE, state and nonce.
//
// The tokens live in this object and nowhere else: no storage keeps them for whatever comes after this page.
// A reload therefore signs in again; the pages know the person by their own cookie and answer at once. Only what a
// sign-in on its way needs is in sessionStorage, for as long as it is on its way.

const ON_ITS_WAY = "sign-in";
const SIGNED_OUT = "signed-out";
const TIMEOUT = 15_000;

export class Session {
  #client;
  #pages;
  #tokens = null;

  constructor({ client_id, sign_in_url }) {
    this.#client = client_id;
    this.#pages = sign_in_url;
  }

  /** The id token of who is signed in: only the desk judges it. */
  get token() {
    return this.#tokens.id_token;
  }

  /** Whether somebody signed out here. */
  get isOver() {
    return sessionStorage.getItem(SIGNED_OUT) !== null;
  }

  /** Who is signed in, to be shown. */
  get person() {
    const claims = claimsOf(this.token);
    return claims.email ?? claims.sub;
  }

  /** Take up where the browser comes from: "signed in", "signed out", "failed", or "leaving" for the sign-in pages. */
  async arrive() {
    const query = new URLSearchParams(location.search);
    const started = JSON.parse(take(ON_ITS_WAY));
    if (query.has("code") || query.has("error")) {
      // The code leaves the address before anything else happens, and the place that was asked for comes back.
      history.replaceState(null, "", location.pathname + (started?.place ?? ""));
      const ours = started !== null && query.get("state") === started.state && query.has("code");
      return ours && (await this.#trade(query.get("code"), started)) ? "signed in" : "failed";
    }
    if (this.isOver) return "signed out";
    await this.signIn();
    return "leaving";
  }

  /** Leave for the sign-in pages; they send the browser back to where it is now. */
  async signIn() {
    const [verifier, state, nonce] = [secret(), secret(), secret()];
    sessionStorage.removeItem(SIGNED_OUT);
    sessionStorage.setItem(ON_ITS_WAY, JSON.stringify({ verifier, state, nonce, place: location.hash }));
    this.#leave("/oauth2/authorize", {
      response_type: "code",
      client_id: this.#client,
      redirect_uri: here(),
      scope: "openid email",
      state,
      nonce,
      code_challenge: await challengeOf(verifier),
      code_challenge_method: "S256",
    });
  }

  /** Forget the tokens, and have the sign-in pages forget the person. */
  signOut() {
    this.#tokens = null;
    sessionStorage.setItem(SIGNED_OUT, "yes");
    this.#leave("/logout", { client_id: this.#client, logout_uri: here() });
  }

  /** Get a new id token without leaving the page, so that a half-written comment stays; false if that is over too. */
  async renew() {
    const fresh = await this.#ask({ grant_type: "refresh_token", refresh_token: this.#tokens.refresh_token });
    if (fresh) this.#tokens = { ...this.#tokens, ...fresh };
    return fresh !== null;
  }

  async #trade(code, { verifier, nonce }) {
    const tokens = await this.#ask({
      grant_type: "authorization_code",
      code,
      redirect_uri: here(),
      code_verifier: verifier,
    });
    if (tokens === null || claimsOf(tokens.id_token).nonce !== nonce) return false;
    this.#tokens = tokens;
    return true;
  }

  async #ask(form) {
    try {
      const answer = await fetch(`${this.#pages}/oauth2/token`, {
        method: "POST",
        body: new URLSearchParams({ client_id: this.#client, ...form }),
        signal: AbortSignal.timeout(TIMEOUT),
      });
      return answer.ok ? await answer.json() : null;
    } catch {
      return null;
    }
  }

  // The way back must not lead to a page that only leaves again.
  #leave(path, query) {
    location.replace(`${this.#pages}${path}?${new URLSearchParams(query)}`);
  }
}

/** This page without query and place: what the client's callback is registered as. */
const here = () => location.origin + location.pathname;

function take(key) {
  const kept = sessionStorage.getItem(key);
  sessionStorage.removeItem(key);
  return kept;
}

const base64url = (bytes) =>
  btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");

const secret = () => base64url(crypto.getRandomValues(new Uint8Array(32)));

const challengeOf = async (verifier) =>
  base64url(new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier))));

function claimsOf(token) {
  const payload = token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/");
  return JSON.parse(new TextDecoder().decode(Uint8Array.from(atob(payload), (character) => character.codePointAt(0))));
}
