// What is on paper: the account's ledger, its payments, its invoices.

import { call, get, save } from './api.js';
import { badge, button, h, table, time } from './dom.js';
import { nano, ofCents, placesOf, usd } from './money.js';
import { paged } from './panel.js';

const PER_PAGE = 10;

const page = (path) => (number) => get(`${path}?per_page=${PER_PAGE}&page=${number}`);

function signed(amount, places) {
  return nano(amount) > 0n ? `+${usd(amount, places)}` : usd(amount, places);
}

export function transactions() {
  return paged('Transactions', page('/v1/billing/transactions'), (rows) => {
    const places = placesOf(rows.map((row) => row.amount_usd));
    return table('Transactions', [
      { label: 'When (UTC)', cell: (row) => time(row.created_at) },
      { label: 'What', cell: (row) => row.description },
      { label: 'Reference', cell: (row) => (row.reference_id ? h('code', { class: 'reference', title: row.reference_id }, row.reference_id) : null) },
      { label: 'Amount', num: true, cell: (row) => signed(row.amount_usd, places) },
      { label: 'Balance, in cents', num: true, cell: (row) => usd(ofCents(row.balance_after_cents)) },
    ], rows, { empty: 'No transactions yet. Payments and charges will be here.' });
  }, { id: 'transactions' });
}

const STATES = { paid: 'good', failed: 'bad', overdue: 'bad', open: 'warn', pending: 'warn', partly_paid: 'warn' };

export function payments() {
  return paged('Payments', page('/v1/billing/payments'), (rows) =>
    table('Payments', [
      { label: 'When (UTC)', cell: (row) => time(row.created_at) },
      { label: 'Paid with', cell: (row) => row.source.replaceAll('_', ' ') },
      { label: 'Status', cell: (row) => badge(row.status, STATES[row.status]) },
      { label: 'Amount', num: true, cell: (row) => usd(ofCents(row.amount_cents)) },
      { label: 'Bonus', num: true, cell: (row) => usd(ofCents(row.bonus_cents)) },
      { label: 'Refunded', num: true, cell: (row) => usd(ofCents(row.refunded_cents)) },
    ], rows, { empty: 'No payments yet.' }), { id: 'payments' });
}

async function download(invoice) {
  const answer = await call('GET', `/v1/billing/invoices/${encodeURIComponent(invoice.id)}.pdf`, { headers: { accept: 'application/pdf' } });
  save(await answer.blob(), `${invoice.number.replace(/[^A-Za-z0-9._-]/g, '-')}.pdf`);
}

export function invoices() {
  return paged('Invoices', page('/v1/billing/invoices'), (rows) =>
    table('Invoices', [
      { label: 'Number', cell: (row) => row.number },
      { label: 'Month', cell: (row) => row.month },
      { label: 'Issued', cell: (row) => time(row.issued_on, true) },
      { label: 'Status', cell: (row) => badge(row.status, STATES[row.status]) },
      { label: 'Total', num: true, cell: (row) => usd(ofCents(row.total_cents)) },
      { label: 'To pay', num: true, cell: (row) => (row.open_cents === '0' ? '–' : `${usd(ofCents(row.open_cents))} until ${row.due_on}`) },
      { label: 'PDF', cell: (row) => button('Download', () => download(row), { kind: 'small', 'aria-label': `Download invoice ${row.number}` }) },
    ], rows, { empty: 'No invoices yet. One is made on the first of each month, for the month before.' }), { id: 'invoices' });
}
