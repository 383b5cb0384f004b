// A bar chart, drawn by hand: an axis, bars that can be pointed at or walked through with the keys.

import { h, s } from './dom.js';
import { share } from './money.js';

const HEIGHT = 240;
const EDGE = { top: 12, right: 4, bottom: 26, left: 12 };
const CHARACTER = 6.7;
const LABEL_WIDTH = 76;
const TICKS = 4n;

/** The roundest step of which at most that many reach the most. */
function stepOf(most) {
  let power = 1n;
  for (;;) {
    for (const factor of [1n, 2n, 5n]) {
      if (factor * power * TICKS >= most) {
        return factor * power;
      }
    }
    power *= 10n;
  }
}

function ticksOf(most) {
  const step = stepOf(most);
  const ticks = [0n];
  while (ticks.at(-1) < most) {
    ticks.push(ticks.at(-1) + step);
  }
  return ticks.length > 1 ? ticks : [0n, step];
}

/**
 * @param bars `{ label, value, text }`: the value is a BigInt, the text what is told of the bar
 * @param format a value on the axis as text
 */
export function chart(summary, bars, format) {
  const most = bars.reduce((max, bar) => (bar.value > max ? bar.value : max), 0n);
  const ticks = ticksOf(most);
  const labels = ticks.map((tick) => format(tick));
  const left = EDGE.left + Math.max(...labels.map((label) => label.length)) * CHARACTER;
  const readout = h('p', { class: 'readout', 'aria-live': 'polite' });
  const figure = h('figure', { class: 'chart' }, readout);
  let chosen = -1;

  function choose(index) {
    chosen = Math.max(0, Math.min(bars.length - 1, index));
    readout.replaceChildren(h('b', {}, bars[chosen].label), ` ${bars[chosen].text}`);
    figure.querySelectorAll('.bar').forEach((bar, at) => bar.classList.toggle('chosen', at === chosen));
  }

  function rest() {
    chosen = -1;
    readout.replaceChildren(summary);
    figure.querySelectorAll('.bar').forEach((bar) => bar.classList.remove('chosen'));
  }

  function axis(width, y) {
    return ticks.map((tick, at) => [
      s('line', { class: 'grid', x1: left, x2: width - EDGE.right, y1: y(tick), y2: y(tick) }),
      s('text', { x: left - 6, y: y(tick) + 4, 'text-anchor': 'end' }, labels[at]),
    ]);
  }

  function draw(width) {
    const bottom = HEIGHT - EDGE.bottom;
    const y = (value) => bottom - share(value, ticks.at(-1)) * (bottom - EDGE.top);
    const slot = (width - left - EDGE.right) / bars.length;
    const bar = Math.max(1, Math.min(44, slot * 0.72));
    const every = Math.max(1, Math.ceil(LABEL_WIDTH / slot));
    const drawing = s('svg', { width, height: HEIGHT, role: 'img', tabindex: '0', 'aria-label': `${summary} Use the arrow keys to read each bar.` }, axis(width, y));
    bars.forEach(({ label, value }, at) => {
      const x = left + at * slot;
      const height = value > 0n ? Math.max(1, bottom - y(value)) : 0;
      drawing.append(
        s('g', { class: 'bar', onpointerenter: () => choose(at), onpointerdown: () => choose(at) },
          s('rect', { class: 'target', x, y: EDGE.top, width: slot, height: bottom - EDGE.top }),
          s('rect', { class: 'value', x: x + (slot - bar) / 2, y: bottom - height, width: bar, height, rx: Math.min(3, bar / 4) })));
      if (at % every === 0 && x + slot / 2 + LABEL_WIDTH / 2 <= width) {
        drawing.append(s('text', { x: x + slot / 2, y: HEIGHT - 8, 'text-anchor': 'middle' }, label));
      }
    });
    drawing.addEventListener('pointerleave', rest);
    drawing.addEventListener('blur', rest);
    drawing.addEventListener('keydown', (event) => {
      const next = { ArrowRight: chosen + 1, ArrowLeft: chosen < 0 ? bars.length - 1 : chosen - 1, Home: 0, End: bars.length - 1 }[event.key];
      if (next !== undefined) {
        event.preventDefault();
        choose(next);
      }
    });
    figure.replaceChildren(drawing, readout);
    rest();
  }

  let drawn = 0;
  new ResizeObserver(([entry]) => {
    const width = Math.floor(entry.contentRect.width);
    if (width > 0 && width !== drawn) {
      drawn = width;
      draw(width);
    }
  }).observe(figure);
  return figure;
}
