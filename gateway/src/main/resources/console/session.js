// Who is signed in. The key is kept for this tab alone, and goes with it.

const KEY = 'tollgate.key';
const CHECKOUT = 'tollgate.checkout';
const INTENTS = 'tollgate.intents';

let onEnd = () => {};

/** What is to be done when the key is no longer good; it is given a sentence. */
export function whenEnded(listener) {
  onEnd = listener;
}

export function currentKey() {
  return sessionStorage.getItem(KEY);
}

export function begin(key) {
  end();
  sessionStorage.setItem(KEY, key);
}

/** Forgets everything of the session. */
export function end() {
  for (const name of [KEY, CHECKOUT, INTENTS]) {
    sessionStorage.removeItem(name);
  }
}

/** A key that was good is not any more. */
export function expire(why) {
  end();
  onEnd(why);
}

/** The checkout that the customer was sent to; null for none. */
export function openCheckout() {
  return sessionStorage.getItem(CHECKOUT);
}

export function rememberCheckout(session) {
  sessionStorage.setItem(CHECKOUT, session);
}

export function forgetCheckout() {
  sessionStorage.removeItem(CHECKOUT);
}

function intents() {
  return JSON.parse(sessionStorage.getItem(INTENTS) ?? '{}');
}

/** The same for the same wish until it is fulfilled, so that nothing is paid twice. */
export function idempotencyKey(wish) {
  const all = intents();
  if (!all[wish]) {
    const random = crypto.getRandomValues(new Uint8Array(16));
    all[wish] = `console-${Array.from(random, (byte) => byte.toString(16).padStart(2, '0')).join('')}`;
    sessionStorage.setItem(INTENTS, JSON.stringify(all));
  }
  return all[wish];
}

export function fulfilled(wish) {
  const all = intents();
  delete all[wish];
  sessionStorage.setItem(INTENTS, JSON.stringify(all));
}
