// What is there, what this key may use of it, and what it did last.

import { get } from './api.js';
import { badge, facts, h, table, time } from './dom.js';
import { count, nano, ofCents, placesOf, plain, usd } from './money.js';
import { meter, panel } from './panel.js';

/** Cents large, what is finer small: together exact. */
function large(amount) {
  const [, cents, rest] = /^(.*?\.\d\d)(\d*)$/.exec(usd(amount));
  return h('span', { class: 'large' }, cents, rest ? h('span', { class: 'rest' }, rest) : null);
}

function stat(id, label, value, note) {
  return h('div', { class: 'stat' }, h('div', { class: 'stat-label' }, label), h('div', { id, class: 'stat-value' }, value), h('small', {}, note));
}

async function balances(ask) {
  const [wallet, { data: cents }, owned] = await Promise.all([
    ask('/v1/usage'),
    ask('/v1/billing/balance'),
    ask('/api/payment/balance'),
  ]);
  const isExact = wallet.balance !== undefined;
  const held = isExact ? nano(wallet.balance) - nano(wallet.remaining) : -1n;
  // With a credit limit the difference is another.
  const isHeldExact = (held + 9_999_999n) / 10_000_000n === BigInt(cents.reserved_cents) && held >= 0n;
  const rounded = 'rounded to the cent';
  return h(
    'div',
    { class: 'stats' },
    stat('available', 'Available', large(isExact ? wallet.remaining : ofCents(cents.available_cents)), isExact ? 'for new requests' : `for new requests, ${rounded}`),
    stat('balance', 'Balance', large(isExact ? wallet.balance : ofCents(cents.balance_cents)), isExact ? 'never expires' : rounded),
    stat('held', 'Held', large(isHeldExact ? held : ofCents(cents.reserved_cents)), isHeldExact ? 'for requests under way' : `for requests under way, ${rounded}`),
    stat('credits', 'Credits', h('span', { class: 'large' }, plain(owned.balance)), `${plain(owned.total_purchased)} bought in all`),
  );
}

function limits(usage, daily) {
  const found = [];
  if (usage.quota) {
    found.push(meter('Quota of this key', usage.quota.used, usage.quota.limit, `${usd(usage.quota.remaining)} left`));
  }
  for (const window of usage.rate_limits ?? []) {
    const resets = window.reset_at ? `${usd(window.remaining)} left, resets ${window.reset_at.slice(0, 16).replace('T', ' ')} UTC` : `${usd(window.remaining)} left`;
    found.push(meter(`Window of ${window.window}`, window.used, window.limit, resets));
  }
  for (const [name, label] of [['daily', 'day'], ['weekly', '7 days'], ['monthly', '30 days']]) {
    const limit = usage.subscription?.[`${name}_limit_usd`];
    if (limit) {
      found.push(meter(`Subscription, ${label}`, usage.subscription[`${name}_usage_usd`], limit));
    }
  }
  if (daily.daily_limit !== null) {
    found.push(meter('Daily limit of the account', ofCents(daily.spent_today), ofCents(daily.daily_limit), `resets ${daily.resets_at.slice(0, 16).replace('T', ' ')} UTC`));
  }
  return found.length > 0 ? found : [h('p', { class: 'empty' }, 'No quota, window or daily limit: this key may spend what is available.')];
}

async function thisKey(ask) {
  const [usage, daily] = await Promise.all([ask('/v1/usage'), ask('/v1/billing/spending_limits')]);
  return h(
    'div',
    { class: 'meters' },
    h('p', {}, badge(usage.planName ?? 'Limited key', 'good'), usage.expires_at ? ` expires ${usage.expires_at.slice(0, 10)}` : ''),
    limits(usage, daily),
  );
}

async function activity(ask) {
  const [{ usage }, key] = await Promise.all([ask('/v1/usage'), ask('/api/payment/balance')]);
  const sum = (one) => `${count(one.requests)} requests, ${count(one.total_tokens)} tokens`;
  return facts([
    ['Last used', time(key.last_used)],
    ['Today', h('span', {}, sum(usage.today), h('br'), h('b', { class: 'figure' }, usd(usage.today.actual_cost)))],
    ['In all', h('span', {}, sum(usage.total), h('br'), h('b', { class: 'figure' }, usd(usage.total.actual_cost)))],
    ['Mean duration', `${count(usage.average_duration_ms)} ms`],
    ['Last 5 minutes', `${usage.rpm} requests and ${count(usage.tpm)} tokens a minute`],
    ['Key made', time(key.created)],
  ]);
}

function credits(rows) {
  const places = placesOf(rows.map((row) => row.credits), 0);
  return { label: 'Credits', num: true, cell: (row) => plain(row.credits, places) };
}

async function byEndpoint(ask) {
  const { by_endpoint: endpoints, total_calls: total } = await ask('/api/payment/usage');
  const rows = Object.entries(endpoints).map(([endpoint, sum]) => ({ endpoint, ...sum }));
  rows.sort((one, other) => (nano(one.credits) < nano(other.credits) ? 1 : -1));
  return [
    table('The last calls by endpoint', [
      { label: 'Endpoint', cell: (row) => h('code', {}, row.endpoint) },
      { label: 'Calls', num: true, cell: (row) => count(row.calls) },
      credits(rows),
      { label: 'Last seen', cell: (row) => time(row.last_seen) },
    ], rows, { empty: 'No calls yet. What this key asks for will be here.' }),
    rows.length > 0 ? h('p', { class: 'note' }, `Of the last ${total} charged calls of this key, 100 at most.`) : null,
  ];
}

async function recent(ask) {
  const { recent: rows } = await ask('/api/payment/usage');
  return table('Recent calls', [
    { label: 'When (UTC)', cell: (row) => time(row.at) },
    { label: 'Endpoint', cell: (row) => h('code', {}, row.endpoint) },
    credits(rows),
  ], rows, { empty: 'No calls yet.' });
}

/** Each document is asked for once, though several parts show of it; again where that failed. */
function asking() {
  const asked = new Map();
  return (path) => {
    if (!asked.has(path)) {
      asked.set(path, get(path));
      asked.get(path).catch(() => asked.delete(path));
    }
    return asked.get(path);
  };
}

export function overview() {
  const ask = asking();
  const part = (title, load, options) => panel(title, () => load(ask), options).element;
  return [
    part('Balance', balances, { id: 'balances' }),
    h(
      'div',
      { class: 'columns' },
      part('This key', thisKey, { id: 'this-key', wide: false }),
      part('Activity', activity, { id: 'activity', wide: false }),
    ),
    part('Calls by endpoint', byEndpoint, { id: 'by-endpoint' }),
    part('Recent calls', recent, { id: 'recent' }),
  ];
}
