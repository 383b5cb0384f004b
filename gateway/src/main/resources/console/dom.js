// Elements. Whatever is shown goes in as text, never as markup.

const SVG = 'http://www.w3.org/2000/svg';

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) {
      continue;
    }
    if (name.startsWith('on')) {
      element.addEventListener(name.slice(2), value);
    } else {
      element.setAttribute(name, value === true ? '' : value);
    }
  }
  element.append(...children.flat(3).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** An element with attributes, listeners (`onclick`), and children: elements, or text. */
export function h(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

/** The same within a drawing. */
export function s(tag, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

/** A moment, in UTC. */
export function time(iso, isDay = false) {
  if (!iso) {
    return '–';
  }
  const text = iso.slice(0, isDay ? 10 : 19).replace('T', ' ');
  return h('time', { datetime: iso, title: `${iso} (UTC)`, class: 'when' }, text);
}

export function badge(text, kind = '') {
  return h('span', { class: `badge ${kind}` }, text.replaceAll('_', ' '));
}

/** A button that is off while it works. Failures are told where `onfail` says. */
export function button(label, work, { kind = '', onfail = (error) => say(error.message, 'bad'), ...attributes } = {}) {
  const element = h('button', { type: 'button', class: kind, ...attributes }, label);
  element.addEventListener('click', () => busy(element, work, onfail));
  return element;
}

export async function busy(element, work, onfail) {
  if (element.getAttribute('aria-disabled') === 'true') {
    return;
  }
  element.setAttribute('aria-disabled', 'true');
  try {
    await work();
  } catch (error) {
    onfail(error);
  } finally {
    element.removeAttribute('aria-disabled');
  }
}

/** A field with its label, and a place below for what is wrong with it. */
export function field(label, input, hint = '') {
  const id = input.id;
  const help = h('small', { id: `${id}-help` }, hint);
  input.setAttribute('aria-describedby', help.id);
  return h('div', { class: 'field' }, h('label', { for: id }, label), input, help);
}

/**
 * A table. Columns: `label`, `cell(row)`, and `num` for figures.
 */
export function table(caption, columns, rows, { empty = 'Nothing yet.', stacked = true } = {}) {
  if (rows.length === 0) {
    return h('p', { class: 'empty' }, empty);
  }
  const numeric = (column) => (column.num ? 'num' : null);
  const head = columns.map((column) => h('th', { scope: 'col', class: numeric(column) }, column.label));
  const line = (row) =>
    h('tr', {}, columns.map((column) => h('td', { class: numeric(column), 'data-label': column.label }, column.cell(row) ?? '–')));
  return h(
    'div',
    { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': caption },
    h(
      'table',
      { class: stacked ? 'stacked' : null },
      h('caption', { class: 'unseen' }, caption),
      h('thead', {}, h('tr', {}, head)),
      h('tbody', {}, rows.map(line)),
    ),
  );
}

/** Name and value pairs. */
export function facts(pairs) {
  return h('dl', { class: 'facts' }, pairs.map(([name, value]) => h('div', {}, h('dt', {}, name), h('dd', {}, value ?? '–'))));
}

/** Says something at the top of the page, to all who listen; replaces what was said before. */
export function say(text, kind = 'good') {
  const place = document.getElementById('notices');
  const gone = h('button', { type: 'button', class: 'quiet', 'aria-label': 'Dismiss', onclick: () => place.replaceChildren() }, '×');
  place.replaceChildren(h('div', { class: `notice ${kind}`, role: kind === 'bad' ? 'alert' : null }, h('p', {}, text), gone));
}

export function unsay() {
  document.getElementById('notices').replaceChildren();
}

/** Asks before something is done. Resolves to whether it shall be. */
export function sure(title, texts, action, kind = 'primary') {
  return new Promise((resolve) => {
    const close = (answer) => () => dialog.close(answer);
    const dialog = h(
      'dialog',
      { 'aria-labelledby': 'sure-title' },
      h('h2', { id: 'sure-title' }, title),
      texts.map((text) => h('p', {}, text)),
      h(
        'div',
        { class: 'row end' },
        h('button', { type: 'button', onclick: close('') }, 'Cancel'),
        h('button', { type: 'button', class: kind, onclick: close('yes') }, action),
      ),
    );
    show(dialog, () => resolve(dialog.returnValue === 'yes'));
  });
}

/** Shows a dialog, and removes it when it is closed. */
export function show(dialog, onclose = () => {}) {
  dialog.addEventListener('close', () => {
    dialog.remove();
    onclose();
  });
  document.body.append(dialog);
  dialog.showModal();
}
