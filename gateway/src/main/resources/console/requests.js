// Each request, newest first, and all that is known of one.

import { allKeys, call, get, keyLabel, save } from './api.js';
import { badge, button, facts, field, h, say, show, table, time } from './dom.js';
import { count, placesOf, usd } from './money.js';
import { panel } from './panel.js';

const PAGE = 50;
const CSV_PAGE = 1000;
const CSV_PAGES_MAX = 20;
const COST_PLACES = 6;

const millis = (value) => (value === null ? '–' : `${count(value)} ms`);

function status(row) {
  if (row.status === null) {
    return badge(row.outcome);
  }
  return badge(row.status, row.status < '400' ? 'good' : 'bad');
}

async function details(id) {
  const { data: one } = await get(`/v1/generations/${id}`);
  const usage = Object.entries(one.usage ?? {}).filter(([, value]) => value !== null && value !== '0');
  const dialog = h(
    'dialog',
    { 'aria-labelledby': 'request-title', class: 'details' },
    h('h2', { id: 'request-title' }, 'Request'),
    h('p', {}, h('code', {}, one.id)),
    facts([
      ['Status', badge(one.status, one.status === 'settled' ? 'good' : '')],
      ['Made', time(one.created_at)],
      ['Model', one.model],
      ['Provider', one.provider],
      ['Endpoint', one.endpoint],
      ['Streamed', one.streamed ? 'yes' : 'no'],
      ['Charged', one.actual_cost === null ? '–' : usd(one.actual_cost)],
      ['List price', one.cost === null ? '–' : usd(one.cost)],
      ['Estimated', one.is_estimated ? one.estimated_reason.replaceAll('_', ' ') : 'no'],
      ['Latency', millis(one.latency_ms)],
      ['First token', millis(one.time_to_first_token_ms)],
      ...usage.map(([name, value]) => [name.replaceAll('_', ' '), count(value)]),
      ...(one.attempts ?? []).map((attempt, at) => [`Attempt ${at + 1}`, `${attempt.provider}: ${attempt.outcome}, ${millis(attempt.latency_ms)}`]),
    ]),
    h('div', { class: 'row end' }, h('button', { type: 'button', onclick: () => dialog.close() }, 'Close')),
  );
  show(dialog);
}

function rowsTable(rows, keys) {
  const places = placesOf(rows.map((row) => row.actual_cost), COST_PLACES);
  return table('Requests', [
    { label: 'When (UTC)', cell: (row) => button(row.created_at.slice(0, 19).replace('T', ' '), () => details(row.id), { kind: 'link when', 'aria-label': `Request of ${row.created_at}` }) },
    { label: 'Model', cell: (row) => row.model ?? h('code', {}, row.endpoint) },
    { label: 'Key', cell: (row) => keyLabel(keys, row.key_id) },
    { label: 'Status', cell: status },
    { label: 'Input', num: true, cell: (row) => count(row.input_tokens) },
    { label: 'Output', num: true, cell: (row) => count(row.output_tokens) },
    { label: 'Cached', num: true, cell: (row) => count(row.cache_read_tokens) },
    { label: 'Charged', num: true, cell: (row) => usd(row.actual_cost, places) },
    { label: 'Latency', num: true, cell: (row) => millis(row.latency_ms) },
    { label: 'First token', num: true, cell: (row) => millis(row.time_to_first_token_ms) },
  ], rows, { empty: 'No requests here. What you send to a model will be in this list.' });
}

/** All pages as one table; its first line is of names. */
async function csv(query) {
  const pieces = [];
  let cursor = '';
  let pages = 0;
  do {
    const after = cursor ? `&cursor=${cursor}` : '';
    const answer = await call('GET', `/v1/billing/requests?limit=${CSV_PAGE}${query}${after}`, { headers: { accept: 'text/csv' } });
    const text = await answer.text();
    pieces.push(pages === 0 ? text : text.slice(text.indexOf('\r\n') + 2));
    cursor = answer.headers.get('x-next-cursor');
    pages++;
  } while (cursor && pages < CSV_PAGES_MAX);
  save(new Blob(pieces, { type: 'text/csv' }), 'requests.csv');
  if (cursor) {
    say(`The file has the newest ${count(CSV_PAGE * CSV_PAGES_MAX)} requests. Choose days to get earlier ones.`, 'warn');
  }
}

export function requests() {
  const key = h('select', { id: 'filter-key' }, h('option', { value: '' }, 'All keys'));
  const model = h('input', { id: 'filter-model', type: 'text', placeholder: 'All models', autocomplete: 'off' });
  const code = h('input', { id: 'filter-status', type: 'text', inputmode: 'numeric', placeholder: 'All', pattern: '[0-9]{1,3}', size: '5' });
  const start = h('input', { id: 'filter-start', type: 'date' });
  const end = h('input', { id: 'filter-end', type: 'date' });
  const query = () =>
    Object.entries({ key: key.value, model: model.value.trim(), status: code.value.trim(), start_date: start.value, end_date: end.value })
      .filter(([, value]) => value)
      .map(([name, value]) => `&${name}=${encodeURIComponent(value)}`)
      .join('');
  let cursors = [''];
  const list = panel('Log', async () => {
    const after = cursors.at(-1) ? `&cursor=${cursors.at(-1)}` : '';
    const [{ data, meta }, keys] = await Promise.all([get(`/v1/billing/requests?limit=${PAGE}${query()}${after}`), allKeys()]);
    if (key.options.length === 1) {
      key.append(...keys.map((one) => h('option', { value: one.id }, keyLabel(keys, one.id))));
    }
    return [rowsTable(data, keys), cursors.length > 1 || meta.next_cursor ? pager(meta.next_cursor) : null];
  }, { id: 'log', actions: [button('Download CSV', () => csv(query()), { id: 'csv' })] });
  const turn = (to) => () => {
    cursors = to;
    list.reload();
  };
  function pager(next) {
    return h('div', { class: 'pager row' },
      h('button', { type: 'button', disabled: cursors.length === 1, onclick: turn(cursors.slice(0, -1)) }, 'Newer'),
      h('span', {}, `Page ${cursors.length}`),
      h('button', { type: 'button', disabled: !next, onclick: turn([...cursors, next]) }, 'Older'));
  }
  const form = h('form', { class: 'row filters' },
    field('Key', key), field('Model', model), field('Status', code), field('From', start), field('To', end),
    h('button', { type: 'submit' }, 'Apply'));
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    turn([''])();
  });
  return [form, list.element];
}
