// The customer's API, asked with the key of the session.

import { say } from './dom.js';
import { currentKey, expire, fulfilled, idempotencyKey } from './session.js';

const ADVICE = {
  key_not_allowed: 'Sign in with a key that has no limits of its own.',
  account_suspended: 'Ask the operator of this gateway.',
  insufficient_credits: 'Add funds, and try again.',
  conflict: 'Load the page again to see what has changed.',
  overloaded: 'Try again in a moment.',
  archive_unavailable: 'Try again in a moment. Requests to models go on.',
  ledger_unavailable: 'Try again in a moment.',
  upstream_error: 'Try again in a moment. Nothing is charged twice.',
};

/** What the API refuses, or that it could not be reached (status 0). */
export class ApiError extends Error {
  constructor(status, code, message) {
    super(ADVICE[code] ? `${message} ${ADVICE[code]}` : message);
    this.status = status;
    this.code = code;
  }
}

const NUMBER_OR_TEXT = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/** JSON with every number as its text, since a number of JavaScript would round it. */
export function parse(text) {
  return JSON.parse(text.replace(NUMBER_OR_TEXT, (token) => (token[0] === '"' ? token : `"${token}"`)));
}

async function failure(response) {
  let said = {};
  try {
    said = parse(await response.text());
  } catch {
    // Something between here and the gateway has answered.
  }
  const error = typeof said.error === 'object' && said.error ? said.error : { code: said.error, message: said.message };
  const message = error.message ?? `The gateway answered with status ${response.status}.`;
  return new ApiError(response.status, error.code ?? '', message);
}

/** Any call; the answer is not read yet. */
export async function call(method, path, { key = currentKey(), body, headers = {} } = {}) {
  const options = { method, headers: { accept: 'application/json', ...headers }, cache: 'no-store', credentials: 'omit' };
  options.headers.authorization = `Bearer ${key}`;
  if (body !== undefined) {
    options.body = body;
    options.headers['content-type'] = 'application/json';
  }
  let response;
  try {
    response = await fetch(path, options);
  } catch {
    throw new ApiError(0, '', 'The gateway cannot be reached. Check the connection, and try again.');
  }
  if (response.ok) {
    return response;
  }
  const error = await failure(response);
  const isOfSession = key === currentKey();
  if (isOfSession && (response.status === 401 || error.code === 'token_not_found')) {
    expire('This key is no longer accepted: it was revoked, or has expired. Sign in with another one.');
  }
  throw error;
}

/** The document at a path. */
export async function get(path) {
  const answer = await call('GET', path);
  if (answer.headers.get('x-tollgate-books') === 'behind') {
    say('The books are a little behind: what happened in the last moments may be missing.', 'warn');
  }
  return parse(await answer.text());
}

/** Changes something. The body is JSON text, so that its numbers are exact. */
export async function send(method, path, body) {
  return parse(await (await call(method, path, { body })).text());
}

/** Pays: once for the same wish, however often it is repeated before it is answered. */
export async function pay(path, body) {
  const wish = `${path} ${body}`;
  const headers = { 'idempotency-key': idempotencyKey(wish) };
  try {
    const answer = parse(await (await call('POST', path, { body, headers })).text());
    fulfilled(wish);
    return answer;
  } catch (error) {
    if (error.status >= 400 && error.status < 500) {
      fulfilled(wish); // refused: nothing was begun
    }
    throw error;
  }
}

/** Hands a file to the browser, as if it had been linked to. */
export function save(blob, name) {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

const KEYS_PER_PAGE = 100;
const KEY_PAGES_MAX = 10;

/** All keys of the account, oldest first. */
export async function allKeys() {
  const keys = [];
  for (let page = 1; page <= KEY_PAGES_MAX; page++) {
    const { data, meta } = await get(`/v1/keys?page=${page}&per_page=${KEYS_PER_PAGE}`);
    keys.push(...data);
    if (keys.length >= Number(meta.total) || data.length === 0) {
      break;
    }
  }
  return keys;
}

/** What a key is called on the page. */
export function keyLabel(keys, id) {
  const key = keys.find((one) => one.id === id);
  return key?.name || key?.hint || id;
}
