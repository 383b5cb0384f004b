// The account's keys.

import { allKeys, send } from './api.js';
import { badge, busy, button, field, h, say, sure, table, time } from './dom.js';
import { count, typedUsd, usd } from './money.js';
import { panel } from './panel.js';
import { currentKey } from './session.js';

/** Whether it looks like the key of this session: its first and last characters are known. */
function isOurs(key) {
  const [first, last] = key.hint.split('…');
  return Boolean(first && last) && currentKey().startsWith(first) && currentKey().endsWith(last);
}

function limitsOf(key) {
  const limits = [];
  if (key.quota_usd !== null) {
    limits.push(`${usd(key.quota_used_usd)} of ${usd(key.quota_usd)}`);
  }
  for (const [window, limit] of Object.entries(key.windows_usd)) {
    if (typeof limit === 'string') {
      limits.push(`${usd(limit)} in ${window}`);
    }
  }
  if (key.rpm !== null) {
    limits.push(`${count(key.rpm)} a minute`);
  }
  if (key.models.length > 0) {
    limits.push(key.models.join(', '));
  }
  if (key.expires_at) {
    limits.push(`until ${key.expires_at.slice(0, 10)}`);
  }
  return limits.length > 0 ? limits.join('; ') : 'none';
}

async function list(reload) {
  const keys = await allKeys();
  const revoke = async (key) => {
    const texts = [`Requests with ${key.name || key.hint} are refused from then on. This cannot be undone; its history stays.`];
    if (isOurs(key)) {
      texts.push('It looks like the key that you are signed in with: you would be signed out.');
    }
    if (await sure('Revoke this key?', texts, 'Revoke', 'danger')) {
      await send('DELETE', `/v1/keys/${encodeURIComponent(key.id)}`);
      say(`${key.name || key.hint} is revoked.`);
      reload();
    }
  };
  return table('Keys', [
    { label: 'Name', cell: (key) => [key.name || h('span', { class: 'muted' }, 'unnamed'), isOurs(key) ? [' ', badge('this one')] : null] },
    { label: 'Key', cell: (key) => h('code', {}, key.hint) },
    { label: 'Status', cell: (key) => badge(key.status, key.status === 'active' ? 'good' : 'bad') },
    { label: 'Limits', cell: limitsOf },
    { label: 'Made (UTC)', cell: (key) => time(key.created_at, true) },
    { label: 'Last used (UTC)', cell: (key) => time(key.last_used_at) },
    { label: 'Action', cell: (key) => (key.status === 'revoked' ? '–' : button('Revoke', () => revoke(key), { kind: 'small danger', 'aria-label': `Revoke ${key.name || key.hint}` })) },
  ], keys);
}

/** Shown once: nobody can tell it again. */
function secretShown(secret) {
  const shown = h('input', { id: 'secret', type: 'text', readonly: true, value: secret, class: 'secret', onfocus: (event) => event.target.select() });
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(secret);
      say('Copied.');
    } catch {
      shown.focus();
      say('The browser does not allow it: the key is selected, copy it by hand.', 'warn');
    }
  };
  const place = h('div', { class: 'secret-box', role: 'status' },
    h('p', {}, h('b', {}, 'This is the new key. It is shown this once.'), ' Copy it now.'),
    h('div', { class: 'row bottom' }, field('New key', shown), button('Copy', copy, { kind: 'primary' }), button('Done', () => place.remove())));
  return place;
}

export function keys() {
  const made = panel('Keys', () => list(() => made.reload()), { id: 'key-list' });
  const name = h('input', { id: 'key-name', type: 'text', maxlength: '100', autocomplete: 'off', placeholder: 'Production' });
  const quota = h('input', { id: 'key-quota', type: 'text', inputmode: 'decimal', autocomplete: 'off', placeholder: 'none' });
  const rpm = h('input', { id: 'key-rpm', type: 'text', inputmode: 'numeric', autocomplete: 'off', placeholder: 'none' });
  const submit = h('button', { type: 'submit', class: 'primary' }, 'Create key');
  const place = h('div', {});
  const create = async () => {
    const fields = [`"name":${JSON.stringify(name.value.trim())}`];
    if (quota.value.trim()) {
      const limit = typedUsd(quota.value);
      if (limit === null) {
        quota.focus();
        throw new Error('Enter the quota in USD, such as 10 or 2.50.');
      }
      fields.push(`"quota_usd":${limit}`);
    }
    if (rpm.value.trim()) {
      if (!/^[1-9]\d{0,8}$/.test(rpm.value.trim())) {
        rpm.focus();
        throw new Error('Enter requests a minute as a whole number.');
      }
      fields.push(`"rpm":${rpm.value.trim()}`);
    }
    const key = await send('POST', '/v1/keys', `{${fields.join(',')}}`);
    form.reset();
    place.replaceChildren(secretShown(key.key));
    place.querySelector('input').focus();
    made.reload();
  };
  const form = h('form', { class: 'row bottom' },
    field('Name', name), field('Quota in USD', quota), field('Requests a minute', rpm), submit);
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    busy(submit, create, (error) => say(error.message, 'bad'));
  });
  const creation = h('section', { class: 'panel wide' }, h('div', { class: 'panel-head' }, h('h2', {}, 'New key')), h('div', { class: 'panel-body' }, form, place));
  return [creation, made.element];
}
