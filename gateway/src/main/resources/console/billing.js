// Money in, the daily limit, the plan, and all papers.

import { get, send } from './api.js';
import { addFunds, tellOfReturn } from './funds.js';
import { busy, button, field, h, say } from './dom.js';
import { invoices, payments, transactions } from './invoices.js';
import { ofCents, typedCents, usd } from './money.js';
import { meter, panel } from './panel.js';
import { plans } from './plans.js';

async function balance() {
  const { data } = await get('/v1/billing/balance');
  return h('p', { class: 'balance-line' },
    h('b', { class: 'large', id: 'billing-balance' }, usd(ofCents(data.available_cents))),
    h('span', { class: 'muted' }, ` available of a balance of ${usd(ofCents(data.balance_cents))}, rounded to the cent; ${usd(ofCents(data.lifetime_topup_cents))} paid in so far`));
}

async function dailyLimit(changed) {
  const limit = await get('/v1/billing/spending_limits');
  const isSet = limit.daily_limit !== null;
  const input = h('input', { id: 'daily-limit', type: 'text', inputmode: 'decimal', autocomplete: 'off', placeholder: '10.00', required: true });
  const save = h('button', { type: 'submit', class: 'primary' }, 'Save');
  const set = async (cents) => {
    await send('PATCH', '/v1/billing/spending_limits', `{"daily_limit":${cents}}`);
    say(cents === null ? 'The daily limit is lifted.' : `From the next request on, ${usd(ofCents(cents))} are the most of a day.`);
    changed();
  };
  const form = h('form', { class: 'row bottom' },
    field('Most of a day, in USD', input, 'From midnight to midnight UTC'),
    save,
    isSet ? button('Remove the limit', () => set(null)) : null);
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const cents = typedCents(input.value);
    if (cents === null) {
      input.setAttribute('aria-invalid', 'true');
      input.focus();
      say('Enter the limit in USD with whole cents, such as 10 or 12.50.', 'bad');
      return;
    }
    busy(save, () => set(cents), (error) => say(error.message, 'bad'));
  });
  return [
    isSet
      ? meter('Spent today', ofCents(limit.spent_today), ofCents(limit.daily_limit), `${usd(ofCents(limit.remaining_today))} left until midnight UTC`)
      : h('p', { class: 'muted' }, 'No limit: requests are refused only when the balance does not cover them.'),
    form,
  ];
}

export function billing() {
  const refresh = () => parts.forEach((part) => part.reload());
  const now = panel('Balance', balance, { id: 'billing-now' });
  const funds = panel('Add funds', () => addFunds(refresh), { id: 'add-funds' });
  const limit = panel('Spending limit', () => dailyLimit(() => limit.reload()), { id: 'spending-limit', wide: false });
  const plan = panel('Plan', () => plans(refresh), { id: 'plan' });
  const papers = [invoices(), payments(), transactions()];
  const parts = [now, funds, plan, ...papers];
  tellOfReturn(refresh).catch((error) => say(error.message, 'bad'));
  return [now, funds, limit, plan, ...papers].map((part) => part.element);
}
