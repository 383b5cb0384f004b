// Amounts are decimal text as the API says them, or BigInt nano-dollars. No floating point.

const DECIMALS = 9;
const NANO = 10n ** BigInt(DECIMALS);
const NANO_PER_CENT = NANO / 100n;
const DECIMAL = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;

/** Decimal text as nano-units. What is finer than that is cut off. */
export function nano(text) {
  if (typeof text === 'bigint') {
    return text;
  }
  const match = DECIMAL.exec(text);
  if (!match) {
    throw new Error(`not a number: ${text}`);
  }
  const [, sign, whole, fraction = '', exponent = '0'] = match;
  const shift = DECIMALS - fraction.length + Number(exponent);
  const digits = BigInt(whole + fraction);
  const value = shift >= 0 ? digits * 10n ** BigInt(shift) : digits / 10n ** BigInt(-shift);
  return sign ? -value : value;
}

export function ofCents(cents) {
  return BigInt(cents) * NANO_PER_CENT;
}

function grouped(digits) {
  return digits.replace(/\B(?=(\d{3})+$)/g, ',');
}

function parts(value, places) {
  const size = value < 0n ? -value : value;
  const decimals = (size % NANO).toString().padStart(DECIMALS, '0');
  const needed = decimals.replace(/0+$/, '').length;
  return [grouped((size / NANO).toString()), decimals.slice(0, Math.max(needed, places))];
}

/** Exact, with at least that many decimals: `$0.0000148`, `-$2.50`. */
export function usd(amount, places = 2) {
  const value = nano(amount);
  const [whole, decimals] = parts(value, places);
  return `${value < 0n ? '−' : ''}$${whole}${decimals ? `.${decimals}` : ''}`;
}

/** How many decimals all of them have, so that they stand below each other. */
export function placesOf(amounts, least = 2) {
  return amounts.reduce((most, amount) => Math.max(most, parts(nano(amount), 0)[1].length), least);
}

/** A whole number, or a decimal, with commas. */
export function count(number) {
  const [whole, decimals] = number.toString().split('.');
  return decimals === undefined ? grouped(whole) : `${grouped(whole)}.${decimals}`;
}

/** Credits, which have up to nine decimals. */
export function plain(amount, places = 0) {
  const [whole, decimals] = parts(nano(amount), places);
  return `${nano(amount) < 0n ? '−' : ''}${whole}${decimals ? `.${decimals}` : ''}`;
}

/** What a person typed, as cents; null where it is no amount of whole cents. */
export function typedCents(text) {
  const match = /^\$?\s*(\d{1,12}|\d{1,3}(?:,\d{3}){1,3})(?:\.(\d{1,2}))?$/.exec(text.trim());
  return match && BigInt(match[1].replaceAll(',', '') + (match[2] ?? '').padEnd(2, '0'));
}

/** What a person typed, as decimal text for a body; null where it is no amount. */
export function typedUsd(text) {
  const match = /^\$?\s*(\d{1,9})(\.\d{1,9})?$/.exec(text.trim());
  return match && `${BigInt(match[1])}${match[2] ?? ''}`;
}

/** For lengths on the screen only: between 0 and 1. */
export function share(part, whole) {
  if (whole <= 0n || part <= 0n) {
    return 0;
  }
  return part >= whole ? 1 : Number((part * 10000n) / whole) / 10000;
}
