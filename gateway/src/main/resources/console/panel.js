// A part of a page that loads by itself, and says so when it cannot.

import { h } from './dom.js';
import { nano, share, usd } from './money.js';

/**
 * @param load answers with what is to be shown
 * @returns the element, and what loads it again
 */
export function panel(title, load, { actions = [], id, note, wide = true } = {}) {
  const body = h('div', { class: 'panel-body' }, h('p', { class: 'loading' }, 'Loading…'));
  const heading = h('div', { class: 'panel-head' }, h('h2', {}, title), h('div', { class: 'row' }, actions));
  const element = h('section', { class: wide ? 'panel wide' : 'panel', id }, heading, note ? h('p', { class: 'note' }, note) : null, body);
  let turn = 0;
  async function reload() {
    const mine = ++turn;
    element.setAttribute('aria-busy', 'true');
    let shown;
    try {
      shown = await load();
    } catch (error) {
      shown = problem(error, reload);
    }
    if (mine === turn) {
      body.replaceChildren(...[shown].flat(Infinity).filter(Boolean));
      element.setAttribute('aria-busy', 'false');
    }
  }
  reload();
  return { element, reload };
}

function problem(error, again) {
  return h(
    'div',
    { class: 'problem', role: 'alert' },
    h('p', {}, error.message),
    h('button', { type: 'button', onclick: again }, 'Try again'),
  );
}

/** Pages of a list by number: `load(page)` gives `{ data, meta }`. */
export function paged(title, load, render, options = {}) {
  let page = 1;
  const made = panel(
    title,
    async () => {
      const { data, meta } = await load(page);
      const last = Math.max(1, Math.ceil(Number(meta.total) / Number(meta.per_page)));
      return [await render(data), last > 1 ? pager(page, last) : null];
    },
    options,
  );
  const turn = (by) => () => {
    page += by;
    made.reload();
  };
  function pager(at, last) {
    return h(
      'div',
      { class: 'pager row' },
      h('button', { type: 'button', disabled: at <= 1, onclick: turn(-1) }, 'Newer'),
      h('span', {}, `Page ${at} of ${last}`),
      h('button', { type: 'button', disabled: at >= last, onclick: turn(1) }, 'Older'),
    );
  }
  return made;
}

/** How much of a limit is used. */
export function meter(label, used, limit, note) {
  const part = nano(limit) === 0n ? 1 : share(nano(used), nano(limit));
  const level = part >= 1 ? 'full' : part >= 0.8 ? 'high' : '';
  const bar = h('span', { class: `meter-fill ${level}` });
  bar.style.inlineSize = `${part * 100}%`;
  const text = `${usd(used)} of ${usd(limit)}`;
  return h(
    'div',
    { class: 'meter' },
    h('div', { class: 'meter-text' }, h('span', {}, label), h('span', { class: 'figure' }, text)),
    h('div', { class: 'meter-bar', role: 'meter', 'aria-label': label, 'aria-valuemin': '0', 'aria-valuemax': '100', 'aria-valuenow': String(Math.round(part * 100)), 'aria-valuetext': text }, bar),
    note ? h('small', {}, note) : null,
  );
}
