import { expect, test } from 'vitest';
import { pictureStyle } from '../../src/pictures/style.ts';

/** Contrasts by WCAG 2.2: texts need 4.5, shapes 3. */

type Colour = readonly [red: number, green: number, blue: number];

const channels = (hex: string): Colour => {
  const digits = hex.length === 3 ? [...hex].map((digit) => digit + digit).join('') : hex;
  const at = (start: number) => Number.parseInt(digits.slice(start, start + 2), 16);
  return [at(0), at(2), at(4)];
};

/** The colours of a theme, as far as no host sets them. */
function palette(theme: 'light' | 'dark'): Map<string, Colour> {
  const pairs = pictureStyle.html.matchAll(/--([a-z0-9]+):[^;]*?light-dark\(#([0-9a-f]+), #([0-9a-f]+)\)/g);
  return new Map(
    [...pairs].map(([, name = '', light = '', dark = '']) => [name, channels(theme === 'light' ? light : dark)]),
  );
}

function luminance(colour: Colour): number {
  const [red = 0, green = 0, blue = 0] = colour.map((value) => {
    const share = value / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: Colour, other: Colour): number {
  const [less = 0, more = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (more + 0.05) / (less + 0.05);
}

const mixed = (one: Colour, other: Colour, share: number): Colour => {
  const at = (channel: 0 | 1 | 2) => one[channel] * share + other[channel] * (1 - share);
  return [at(0), at(1), at(2)];
};

test.each(['light', 'dark'] as const)('%s: texts and shapes stand out from what is behind them', (theme) => {
  const colours = palette(theme);
  const colour = (name: string): Colour => {
    const found = colours.get(name);
    if (!found) throw new Error(`the style has no colour ${name}`);
    return found;
  };
  const ground = colour('ground');
  const faint = (names: readonly string[], least: number, behind = ground) =>
    names.filter((name) => contrast(colour(name), behind) < least);
  expect(faint(['text', 'dim', 'good', 'fair', 'poor'], 4.5)).toEqual([]);
  expect(faint(['text', 'dim'], 4.5, colour('card'))).toEqual([]);
  expect(faint(['s0', 's1', 's2', 's3', 's4', 's5', 's6', 'ring'], 3)).toEqual([]);
  // The letter of a signal is in the colour of the ground.
  expect(faint(['poor', 'fair', 's6'], 4.5)).toEqual([]);
  const cells = [...pictureStyle.html.matchAll(/\.h[1-5] \{ background: color-mix\(in srgb, var\(--s4\) (\d+)%/g)];
  const strengths = cells.map(([, share]) => mixed(colour('s4'), ground, Number(share) / 100));
  expect(strengths).toHaveLength(5);
  expect(strengths.slice(0, 4).filter((cell) => contrast(colour('text'), cell) < 4.5)).toEqual([]);
  const [last = ground] = strengths.slice(4);
  expect(contrast(ground, last)).toBeGreaterThan(4.5);
});
