// Money in: packages, any other amount, the checkout, and what came back from it.

import { get, pay } from './api.js';
import { button, field, h, say, sure } from './dom.js';
import { nano, ofCents, typedCents, usd } from './money.js';
import { forgetCheckout, openCheckout, rememberCheckout } from './session.js';

const WAIT_MILLIS = 2000;
const WAITS_MAX = 10;

/** Only to the payment provider, encrypted, or to a page of the gateway itself. */
function follow(checkoutUrl, session) {
  const target = new URL(checkoutUrl, location.href);
  if (target.protocol !== 'https:' && target.origin !== location.origin) {
    throw new Error(`The checkout is at ${target.origin}, which is neither encrypted nor where you are. It was not opened.`);
  }
  rememberCheckout(session);
  location.assign(target.href);
}

/** The percentage of the largest package that the amount pays for. */
function bonusPercent(packages, cents) {
  const paid = packages.filter((one) => BigInt(one.pay_cents) <= cents);
  paid.sort((one, other) => (BigInt(one.pay_cents) < BigInt(other.pay_cents) ? 1 : -1));
  return paid[0]?.bonus_percent ?? '0';
}

function withBonus(packages, cents) {
  const percent = nano(bonusPercent(packages, cents));
  return ofCents(cents) + (ofCents(cents) * percent) / (100n * nano('1'));
}

function packageChoices(packages, presets, choose) {
  const all = new Set([...packages.map((one) => BigInt(one.pay_cents)), ...presets.map((text) => nano(text) / nano('0.01'))]);
  const sorted = [...all].sort((one, other) => (one < other ? -1 : 1));
  return sorted.map((cents) => {
    const percent = bonusPercent(packages, cents);
    const radio = h('input', { type: 'radio', name: 'package', value: String(cents), onchange: () => choose(cents) });
    return h('label', { class: 'package' },
      radio,
      h('span', { class: 'package-pay' }, usd(ofCents(cents), 0)),
      h('span', { class: 'package-get' }, percent === '0' ? 'no bonus' : `adds ${usd(withBonus(packages, cents))}`),
      percent === '0' ? null : h('span', { class: 'badge good' }, `+${percent}%`));
  });
}

/** What is in the panel; `paid` is called when something was credited at once. */
export async function addFunds(paid) {
  const [{ data: packages, topup }, payments] = await Promise.all([
    get('/v1/billing/packages'),
    get('/v1/billing/payments?per_page=100'),
  ]);
  const hasPaid = payments.data.some((one) => one.status === 'paid');
  const amount = h('input', { id: 'amount', type: 'text', inputmode: 'decimal', autocomplete: 'off', placeholder: '25.00', required: true });
  const outcome = h('p', { class: 'note', id: 'amount-outcome', 'aria-live': 'polite' });
  const choices = h('div', { class: 'packages', role: 'radiogroup', 'aria-label': 'Amount' },
    packageChoices(packages, topup.presets_usd, (cents) => {
      amount.value = usd(ofCents(cents)).replace(/[$,]/g, '');
      tell();
    }));

  function typed() {
    const cents = typedCents(amount.value);
    const isWithin = cents !== null && ofCents(cents) >= nano(topup.min_usd) && ofCents(cents) <= nano(topup.max_usd);
    return isWithin ? cents : null;
  }

  function tell() {
    const cents = typed();
    amount.removeAttribute('aria-invalid');
    outcome.textContent = cents === null ? '' : `You pay ${usd(ofCents(cents))}, and ${usd(withBonus(packages, cents))} are added. Credits never expire.`;
  }

  function wanted() {
    const cents = typed();
    if (cents === null) {
      amount.setAttribute('aria-invalid', 'true');
      amount.focus();
      throw new Error(`Enter an amount between ${usd(topup.min_usd)} and ${usd(topup.max_usd)}, in whole cents.`);
    }
    return cents;
  }

  amount.addEventListener('input', () => {
    choices.querySelectorAll('input').forEach((radio) => (radio.checked = radio.value === String(typed())));
    tell();
  });
  const checkout = async () => {
    const { data } = await pay('/v1/billing/topup', `{"amount_cents":${wanted()}}`);
    follow(data.checkout_url, data.session_id);
  };
  const charge = async () => {
    const cents = wanted();
    const isSure = await sure('Charge the saved payment method?', [
      `${usd(ofCents(cents))} will be charged now, and ${usd(withBonus(packages, cents))} added.`,
      'If nothing is saved, or the bank declines, a checkout opens instead.',
    ], `Pay ${usd(ofCents(cents))}`);
    if (!isSure) {
      return;
    }
    const answer = await pay('/v1/billing/funds', `{"amount":${cents}}`);
    if (answer.checkout_url) {
      follow(answer.checkout_url, answer.session_id);
    } else if (answer.reason === 'pending') {
      say('The bank has been asked. The credit comes when it has paid.', 'warn');
      paid();
    } else {
      say(`${usd(withBonus(packages, cents))} were added to your balance.`);
      paid();
    }
  };
  return [
    choices,
    h('div', { class: 'row bottom' },
      field('Amount in USD', amount, `${usd(topup.min_usd)} to ${usd(topup.max_usd)}`),
      button('Continue to checkout', checkout, { kind: 'primary', id: 'checkout' }),
      hasPaid ? button('Charge saved method', charge, { id: 'charge' }) : null),
    outcome,
  ];
}

const RETURNED = {
  paid: ['good', (payment, total) => `Paid: ${usd(total)} were added to your balance.`],
  pending: ['warn', () => 'Paid from a bank account. The credit comes when the bank has paid.'],
  open: ['warn', () => 'Not paid yet. If you have left the checkout, nothing was charged. If you have just paid, it is credited as soon as the payment provider says so.'],
  expired: ['warn', () => 'Not paid: the checkout was open for too long. Nothing was charged.'],
  failed: ['bad', () => 'The payment failed. Nothing was credited.'],
};

/** Tells what became of the checkout from which the customer comes back, if from one. */
export async function tellOfReturn(changed) {
  const session = openCheckout();
  for (let wait = 0; session && session === openCheckout() && wait < WAITS_MAX; wait++) {
    const { data } = await get('/v1/billing/payments?per_page=100');
    const payment = data.find((one) => one.session_id === session);
    if (!payment) {
      forgetCheckout();
      return;
    }
    const [kind, sentence] = RETURNED[payment.status];
    if (location.hash !== '#billing') {
      return;
    }
    if (wait === 0 || payment.status !== 'open') {
      say(sentence(payment, ofCents(payment.amount_cents) + ofCents(payment.bonus_cents)), kind);
    }
    if (payment.status !== 'open') {
      forgetCheckout();
      if (wait > 0) {
        changed();
      }
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, WAIT_MILLIS));
  }
  forgetCheckout();
}
