// What was used: by day or month, model, key, endpoint.

import { allKeys, get, keyLabel } from './api.js';
import { chart } from './chart.js';
import { field, h, table } from './dom.js';
import { count, nano, placesOf, usd } from './money.js';
import { panel } from './panel.js';

const DAY_MILLIS = 86_400_000;
const MEASURES = {
  actual_cost: { label: 'Charged', value: (row) => nano(row.actual_cost), format: usd },
  total_tokens: { label: 'Tokens', value: (row) => BigInt(row.total_tokens), format: count },
  requests: { label: 'Requests', value: (row) => BigInt(row.requests), format: count },
};
const SUMMED = ['requests', 'input_tokens', 'output_tokens', 'cache_creation_tokens', 'cache_read_tokens', 'total_tokens'];

/** As it was left when another tab was shown. */
const shown = { range: '30', unit: 'day', measure: 'actual_cost', start: '', end: '' };

function dayBefore(days) {
  return new Date(Date.now() - days * DAY_MILLIS).toISOString().slice(0, 10);
}

function range() {
  const today = dayBefore(0);
  if (shown.range === 'custom') {
    return [shown.start || dayBefore(29), shown.end || today];
  }
  return shown.range === 'month' ? [`${today.slice(0, 8)}01`, today] : [dayBefore(Number(shown.range) - 1), today];
}

const NOTHING = { ...Object.fromEntries(SUMMED.map((name) => [name, '0'])), cost: '0', actual_cost: '0' };

/** Days without use are not in the answer; on a chart they are there. */
function allDays(daily, start, end) {
  const known = new Map(daily.map((day) => [day.date, day]));
  const days = [];
  for (let at = Date.parse(start); at <= Date.parse(end); at += DAY_MILLIS) {
    const date = new Date(at).toISOString().slice(0, 10);
    days.push(known.get(date) ?? { ...NOTHING, date });
  }
  return days;
}

function byMonth(days) {
  const months = new Map();
  for (const day of days) {
    const date = day.date.slice(0, 7);
    const sum = months.get(date) ?? { ...NOTHING, date };
    for (const name of SUMMED) {
      sum[name] = BigInt(sum[name]) + BigInt(day[name]);
    }
    sum.actual_cost = nano(sum.actual_cost) + nano(day.actual_cost);
    sum.cost = nano(sum.cost) + nano(day.cost);
    months.set(date, sum);
  }
  return [...months.values()];
}

function costs(rows) {
  const money = (name) => {
    const places = placesOf(rows.map((row) => row[name]));
    return (row) => usd(row[name], places);
  };
  const number = (label, name) => ({ label, num: true, cell: (row) => count(row[name]) });
  return [
    number('Requests', 'requests'),
    number('Input', 'input_tokens'),
    number('Output', 'output_tokens'),
    number('Cached', 'cache_read_tokens'),
    number('All tokens', 'total_tokens'),
    { label: 'List price', num: true, cell: money('cost') },
    { label: 'Charged', num: true, cell: money('actual_cost') },
  ];
}

function breakdown(caption, label, rows, name) {
  return table(caption, [{ label, cell: name }, ...costs(rows)], rows, { empty: 'Nothing was used in this time.' });
}

function trend(report, start, end) {
  const days = allDays(report.daily, start, end);
  const bars = shown.unit === 'month' ? byMonth(days) : days;
  const { label, value, format } = MEASURES[shown.measure];
  const total = value(report.total);
  const summary = `${label} from ${start} to ${end}: ${format(total)}.`;
  const told = (row) => `${usd(row.actual_cost)} charged, ${count(row.total_tokens)} tokens, ${count(row.requests)} requests`;
  const used = bars.filter((row) => BigInt(row.requests) > 0n).reverse();
  return [
    chart(summary, bars.map((row) => ({ label: row.date, value: value(row), text: told(row) })), format),
    h('details', {}, h('summary', {}, 'As a table'), breakdown(summary, shown.unit === 'month' ? 'Month' : 'Day (UTC)', used, (row) => row.date)),
  ];
}

function select(id, label, options, onchange) {
  const choices = Object.entries(options).map(([value, text]) => h('option', { value, selected: shown[id] === value }, text));
  return field(label, h('select', { id, onchange: (event) => onchange(event.target.value) }, choices));
}

export function usage() {
  let asked = null;
  const report = () => {
    const [start, end] = range();
    const address = `/v1/billing/usage?start_date=${start}&end_date=${end}&group_by=endpoint`;
    if (asked?.address !== address) {
      asked = { address, answer: get(address) };
      asked.answer.catch(() => (asked = null));
    }
    return asked.answer;
  };
  const panels = [
    panel('Trend', async () => trend(await report(), ...range()), { id: 'trend' }),
    panel('By model', async () => breakdown('Usage by model', 'Model', (await report()).models, (row) => row.model ?? 'no model'), { id: 'by-model' }),
    panel('By key', async () => {
      const [{ keys }, known] = await Promise.all([report(), allKeys()]);
      return breakdown('Usage by key', 'Key', keys, (row) => h('span', { title: row.key_id }, keyLabel(known, row.key_id)));
    }, { id: 'by-key' }),
    panel('By endpoint', async () => breakdown('Usage by endpoint', 'Endpoint', (await report()).endpoints, (row) => h('code', {}, row.endpoint)), { id: 'by-usage-endpoint' }),
  ];
  const reload = () => panels.forEach((one) => one.reload());
  const change = (name) => (value) => {
    shown[name] = value;
    custom.hidden = shown.range !== 'custom';
    reload();
  };
  const day = (name, label) =>
    field(label, h('input', { type: 'date', id: name, value: shown[name], onchange: (event) => change(name)(event.target.value) }));
  const custom = h('div', { class: 'row', hidden: shown.range !== 'custom' }, day('start', 'From'), day('end', 'To'));
  const pickers = h(
    'div',
    { class: 'row filters' },
    select('range', 'Time', { 7: 'Last 7 days', 30: 'Last 30 days', 90: 'Last 90 days', 366: 'Last 12 months', month: 'This month', custom: 'Other days…' }, change('range')),
    custom,
    select('unit', 'By', { day: 'Day', month: 'Month' }, change('unit')),
    select('measure', 'Show', { actual_cost: 'Charged', total_tokens: 'Tokens', requests: 'Requests' }, change('measure')),
  );
  return [pickers, ...panels.map((one) => one.element)];
}
