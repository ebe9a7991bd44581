import type { Page } from 'playwright-core';
import { z } from 'zod';

/**
 * What does not fit in a page, in words: a page wider than its window, an element wider than its parent, a text that is cut
 * off, too small, or runs into another.
 */
export async function layoutFaults(page: Page, { minPixels = 12 } = {}): Promise<string[]> {
  return z.array(z.string()).parse(await page.evaluate(`(${findFaults})(${minPixels})`));
}

/**
 * Runs in the browser. Names of an axis stand in boxes without a width, so that their middle is at their mark: for them
 * counts that they stay in their picture. What a closed `<details>` or a clipped element holds nobody sees.
 */
const findFaults = `(minPixels) => {
  const slack = 1.5;
  const faults = new Set();
  const { clientWidth: width, scrollWidth } = document.documentElement;
  if (scrollWidth > width) faults.add('the page is ' + scrollWidth + ' pixels wide');
  const startOf = ({ textContent }) => '"' + textContent.trim().slice(0, 50) + '"';
  const isInside = (own, place) => own.left >= place.left - slack && own.right <= place.right + slack;

  const isShown = (element) => {
    if (!element.checkVisibility({ visibilityProperty: true, opacityProperty: true, contentVisibilityAuto: true })) return false;
    for (let at = element; at !== null; at = at.parentElement) if (getComputedStyle(at).clipPath !== 'none') return false;
    return element.closest('.defs') === null;
  };
  const isOfAxis = (element) => element.closest('.day-names, .rate-axis, .ticks') !== null;
  const isShape = (element) => element.closest('svg') !== null && element.localName !== 'svg';

  for (const element of document.querySelectorAll('body *')) {
    if (isShape(element) || isOfAxis(element) || !isShown(element)) continue;
    const own = element.getBoundingClientRect();
    if (own.width > 0 && !isInside(own, element.parentElement.getBoundingClientRect())) faults.add('wider than its parent: ' + startOf(element));
    if (getComputedStyle(element).overflowX !== 'visible' && element.scrollWidth > element.clientWidth + slack) faults.add('cut: ' + startOf(element));
  }

  const texts = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walk.nextNode(); node !== null; node = walk.nextNode()) {
    const parent = node.parentElement;
    if (node.data.trim() === '' || !isShown(parent)) continue;
    const text = startOf(node);
    const size = parseFloat(getComputedStyle(parent).fontSize);
    if (size < minPixels && !isShape(parent)) faults.add('only ' + size + ' pixels high: ' + text);
    const place = (parent.closest('.picture') ?? parent.closest('td, th, article, section, header, main')).getBoundingClientRect();
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const rect of range.getClientRects()) {
      if (!isInside(rect, place) || !isInside(rect, { left: 0, right: width })) faults.add('out of its place: ' + text);
      texts.push({ rect, text });
    }
  }

  texts.sort((a, b) => a.rect.top - b.rect.top);
  for (const [at, { rect, text }] of texts.entries()) {
    for (const other of texts.slice(at + 1)) {
      if (other.rect.top >= rect.bottom) break;
      const across = Math.min(rect.right, other.rect.right) - Math.max(rect.left, other.rect.left);
      const down = Math.min(rect.bottom, other.rect.bottom) - other.rect.top;
      if (across > slack && down > 5) faults.add('one over the other: ' + text + ' and ' + other.text);
    }
  }
  return [...faults];
}`;
