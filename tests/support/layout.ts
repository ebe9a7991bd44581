import type { Frame } from 'playwright-core';
import { z } from 'zod';

/** Pixels: the least size of a text that people read, and how far rounding may put an edge. */
const minText = 11;
const slack = 1;

/**
 * What is wrong with how a page is laid out: texts that are small, stretched, beyond its sides or on each other, and
 * tips that would not be seen whole.
 */
export async function layoutFaults(frame: Frame): Promise<string[]> {
  const found = await frame.evaluate(`(() => {
    const { clientWidth: width, scrollWidth } = document.documentElement;
    const faults = scrollWidth > width ? ['the page is ' + scrollWidth + ' wide'] : [];
    const isBeyond = ({ left, right, top }) => left < -${slack} || right > width + ${slack} || top < -${slack};
    const walker = document.createTreeWalker(document.querySelector('main'), NodeFilter.SHOW_TEXT);
    const texts = [];
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const { parentElement: owner } = node;
      const style = getComputedStyle(owner);
      const isSeen = owner.checkVisibility({ visibilityProperty: true, opacityProperty: true }) && !owner.closest('.tip');
      if (!isSeen || node.data.trim() === '') continue;
      const range = document.createRange();
      range.selectNodeContents(node);
      const said = JSON.stringify(node.data);
      if (parseFloat(style.fontSize) < ${minText}) faults.push(said + ' is ' + style.fontSize);
      const matrix = owner instanceof SVGElement ? owner.getScreenCTM() : null;
      if (matrix && (Math.abs(matrix.a - 1) > 0.01 || Math.abs(matrix.d - 1) > 0.01)) faults.push(said + ' is stretched');
      for (const rect of range.getClientRects()) {
        if (isBeyond(rect)) faults.push(said + ' is beyond the page');
        texts.push({ said, rect });
      }
    }
    const meet = (a, b) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > ${slack}
      && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > Math.min(a.height, b.height) / 2;
    texts.forEach(({ said, rect }, at) => {
      for (const other of texts.slice(at + 1))
        if (meet(rect, other.rect)) faults.push(said + ' and ' + other.said + ' are on each other');
    });
    for (const tip of document.querySelectorAll('.tip'))
      if (isBeyond(tip.getBoundingClientRect())) faults.push('the tip ' + tip.textContent + ' is cut');
    return faults;
  })()`);
  return z.array(z.string()).parse(found);
}
