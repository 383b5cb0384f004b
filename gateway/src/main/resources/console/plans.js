// The plan that the account is on, and the others.

import { get, send } from './api.js';
import { badge, button, facts, h, say, sure, time } from './dom.js';
import { count, usd } from './money.js';
import { meter } from './panel.js';

function allowances(plan) {
  const lines = Object.entries(plan.allowances).map(([name, number]) => `${name.replaceAll('_', ' ')}: ${number === 'unlimited' ? number : count(number)}`);
  if (plan.rpm !== null) {
    lines.unshift(`${count(plan.rpm)} requests a minute`);
  }
  for (const [window, limit] of Object.entries(plan.limits_usd ?? {})) {
    if (typeof limit === 'string') {
      lines.push(`${usd(limit)} of use in ${window}`);
    }
  }
  return h('ul', { class: 'allowances' }, lines.map((line) => h('li', {}, line)));
}

function current(plan) {
  if (plan.status === 'none') {
    return h('p', { class: 'muted', id: 'plan-now' }, 'No plan: you pay for what you use, and nothing else.');
  }
  return [
    h('p', { id: 'plan-now' }, h('b', {}, plan.name), ' ', badge(plan.status, plan.status === 'active' ? 'good' : 'bad')),
    facts([
      ['Monthly fee', usd(plan.fee_usd)],
      [plan.renews ? 'Renews (UTC)' : 'Ends (UTC)', time(plan.period_end)],
      ['Pays for requests', plan.funding === 'subscription' ? 'yes, within its limits' : 'no, the balance does'],
      plan.grace_until ? ['Pay the fee before', time(plan.grace_until)] : null,
    ].filter(Boolean)),
    Object.entries(plan.limits_usd).map(([window, limit]) => meter(`Within ${window}`, limit.used, limit.limit)),
  ];
}

async function change(wanted, now, changed) {
  const texts = [];
  if (wanted) {
    texts.push(`The fee of ${usd(wanted.monthly_fee_usd)} is taken from your balance now, for a month from today. It renews each month until you leave the plan.`);
  }
  if (now.plan) {
    texts.push(now.funding === 'subscription' ? `Nothing of the fee of ${now.name} comes back.` : `Of the fee of ${now.name}, the part for the days to come is given back.`);
  }
  const title = wanted ? `Change to ${wanted.name}?` : `Leave ${now.name}?`;
  if (await sure(title, texts, wanted ? `Change to ${wanted.name}` : 'Leave the plan', wanted ? 'primary' : 'danger')) {
    const { data } = await send('PUT', '/v1/billing/plan', JSON.stringify({ plan: wanted ? wanted.id : null }));
    say(data.plan ? `You are on ${data.name} now.` : 'You are on no plan now.');
    changed();
  }
}

export async function plans(changed) {
  const [{ data: now }, { data: offered }] = await Promise.all([get('/v1/billing/plan'), get('/v1/billing/plans')]);
  const cards = offered.map((plan) => {
    const isNow = plan.id === now.plan;
    const isAgreed = plan.monthly_fee_usd === null;
    return h('div', { class: isNow ? 'plan now' : 'plan' },
      h('h3', {}, plan.name),
      h('p', { class: 'price' }, isAgreed ? 'By agreement' : [usd(plan.monthly_fee_usd), h('small', {}, ' a month')]),
      allowances(plan),
      isNow
        ? button('Leave', () => change(null, now, changed), { 'aria-label': `Leave ${plan.name}` })
        : isAgreed
          ? h('p', { class: 'note' }, 'Ask the operator.')
          : button('Choose', () => change(plan, now, changed), { 'aria-label': `Choose ${plan.name}` }));
  });
  return [current(now), cards.length > 0 ? h('div', { class: 'plans' }, cards) : h('p', { class: 'empty' }, 'No plans are offered here.')];
}
