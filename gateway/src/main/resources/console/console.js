// Signing in and out, and which tab is shown.

import { call } from './api.js';
import { billing } from './billing.js';
import { busy, field, h, unsay } from './dom.js';
import { keys } from './keys.js';
import { overview } from './overview.js';
import { requests } from './requests.js';
import { begin, currentKey, end, whenEnded } from './session.js';
import { usage } from './usage.js';

const TABS = { overview, usage, requests, billing, keys };
const KEY_FORM = /^[\x21-\x7e]{1,512}$/;

const main = document.getElementById('main');
const top = document.getElementById('top');

function tabOfAddress() {
  const name = location.hash.slice(1);
  return Object.hasOwn(TABS, name) ? name : 'overview';
}

function showTab() {
  const tab = tabOfAddress();
  for (const link of document.querySelectorAll('nav a')) {
    const isHere = link.hash === `#${tab}`;
    link.toggleAttribute('data-here', isHere);
    if (isHere) {
      link.setAttribute('aria-current', 'page');
      link.scrollIntoView({ block: 'nearest', inline: 'nearest' });
    } else {
      link.removeAttribute('aria-current');
    }
  }
  const name = tab[0].toUpperCase() + tab.slice(1);
  document.title = `${name} · Tollgate console`;
  main.replaceChildren(h('h1', {}, name), ...TABS[tab]());
}

function signIn(why = '') {
  top.hidden = true;
  unsay();
  document.title = 'Sign in · Tollgate console';
  const input = h('input', { id: 'key', type: 'password', autocomplete: 'off', spellcheck: 'false', required: true, maxlength: '512' });
  const complaint = h('p', { class: 'problem', role: 'alert', id: 'sign-in-problem', hidden: !why }, why);
  const complain = (text) => {
    complaint.textContent = text;
    complaint.hidden = false;
    input.setAttribute('aria-invalid', 'true');
    input.focus();
  };
  const submit = h('button', { type: 'submit', class: 'primary' }, 'Sign in');
  const tryKey = async () => {
    const key = input.value.trim();
    if (!KEY_FORM.test(key)) {
      complain('Paste the whole key: it has no spaces in it.');
      return;
    }
    await call('GET', '/v1/billing/balance', { key });
    begin(key);
    open();
  };
  const refused = (error) =>
    complain(error.status === 401 ? 'This key is not accepted. It may be mistyped, revoked or expired.' : error.message);
  const form = h('form', { class: 'sign-in panel' },
    h('img', { src: '/account/icon.svg', alt: '', width: '44', height: '44' }),
    h('h1', {}, 'Your account'),
    h('p', { class: 'muted' }, 'Sign in with one of its API keys to see balance, usage and invoices.'),
    complaint,
    field('API key', input, 'It stays in this tab, and is forgotten when you close it or sign out.'),
    submit);
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    busy(submit, tryKey, refused);
  });
  main.replaceChildren(form);
  input.focus();
}

function open() {
  top.hidden = false;
  unsay();
  showTab();
}

if (location.search) {
  history.replaceState(null, '', location.pathname + location.hash); // what a payment provider added
}
whenEnded(signIn);
document.getElementById('sign-out').addEventListener('click', () => {
  end();
  signIn();
});
document.querySelector('.skip').addEventListener('click', (event) => {
  event.preventDefault(); // the address says which tab is shown
  main.focus();
});
addEventListener('hashchange', () => {
  if (currentKey()) {
    unsay();
    showTab();
    main.focus({ preventScroll: true });
    scrollTo(0, 0);
  }
});
if (currentKey()) {
  open();
} else {
  signIn();
}
