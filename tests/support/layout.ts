import type { Frame, Page } from 'playwright-core';
import { z } from 'zod';

/**
 * What is wrong with how a page is laid out: texts that are small (in pixels), stretched, cut, out of their place or on
 * each other, elements that are wider than what holds them, and tips that would not be seen whole.
 */
export async function layoutFaults(place: Page | Frame, { minText = 11 } = {}): Promise<string[]> {
  return z.array(z.string()).parse(await place.evaluate(`(${findFaults})(${minText})`));
}

/**
 * Runs in the browser. Names of an axis stand in boxes without a width, so that their middle is at their mark: for them
 * counts that they stay in their picture, or, under a timeline, in the page. What a closed `<details>` or a clipped element holds nobody sees.
 */
const findFaults = `(minText) => {
  const slack = 1.5;
  const faults = new Set();
  const { clientWidth: width, scrollWidth } = document.documentElement;
  if (scrollWidth > width) faults.add('the page is ' + scrollWidth + ' wide');
  const saidBy = ({ textContent }) => JSON.stringify(textContent.trim().slice(0, 50));
  const isInside = (own, place) => own.left >= place.left - slack && own.right <= place.right + slack;
  const isBeyond = (rect) => !isInside(rect, { left: 0, right: width }) || rect.top + scrollY < -slack;
  const isOfAxis = (element) => element.closest('.day-names, .rate-axis, .lane-axis, .ticks') !== null;
  const isShape = (element) => element.closest('svg') !== null && element.localName !== 'svg';

  const isSeen = (element) => {
    if (!element.checkVisibility({ visibilityProperty: true, opacityProperty: true })) return false;
    for (let at = element; at !== null; at = at.parentElement) if (getComputedStyle(at).clipPath !== 'none') return false;
    return element.closest('.defs') === null;
  };

  for (const element of document.querySelectorAll('body *')) {
    if (isShape(element) || isOfAxis(element) || !isSeen(element)) continue;
    const own = element.getBoundingClientRect();
    if (own.width > 0 && !isInside(own, element.parentElement.getBoundingClientRect())) faults.add(saidBy(element) + ' is wider than what holds it');
    if (getComputedStyle(element).overflowX !== 'visible' && element.scrollWidth > element.clientWidth + slack) faults.add(saidBy(element) + ' is cut');
  }

  const isStretched = (owner) => {
    const matrix = owner instanceof SVGElement ? owner.getScreenCTM() : null;
    return matrix !== null && (Math.abs(matrix.a - 1) > 0.01 || Math.abs(matrix.d - 1) > 0.01);
  };
  const texts = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walk.nextNode(); node !== null; node = walk.nextNode()) {
    const owner = node.parentElement;
    if (node.data.trim() === '' || !isSeen(owner)) continue;
    const said = saidBy(node);
    const { fontSize } = getComputedStyle(owner);
    if (parseFloat(fontSize) < minText) faults.add(said + ' is ' + fontSize);
    if (isStretched(owner)) faults.add(said + ' is stretched');
    const place = (owner.closest('.picture') ?? owner.closest('td, th, article, section, header, main')).getBoundingClientRect();
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const rect of range.getClientRects()) {
      if (isBeyond(rect)) faults.add(said + ' is beyond the page');
      else if (!isInside(rect, place) && !owner.closest('.lane-axis')) faults.add(said + ' is out of its place');
      texts.push({ rect, said });
    }
  }

  const meet = (a, b) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > slack
    && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > Math.min(a.height, b.height) / 2;
  texts.sort((a, b) => a.rect.top - b.rect.top);
  for (const [at, { rect, said }] of texts.entries()) {
    for (const other of texts.slice(at + 1)) {
      if (other.rect.top >= rect.bottom) break;
      if (meet(rect, other.rect)) faults.add(said + ' and ' + other.said + ' are on each other');
    }
  }
  for (const tip of document.querySelectorAll('.tip'))
    if (tip.checkVisibility() && isBeyond(tip.getBoundingClientRect())) faults.add('the tip ' + tip.textContent + ' is cut');
  return [...faults];
}`;
