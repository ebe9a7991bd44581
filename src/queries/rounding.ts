/** Digits beyond the last one that is kept; a double in our range that is no tie differs from one within them. */
const beyond = 40;

/**
 * Rounds to `digits` decimals; a half goes to the even neighbour, as Python's `round` has it, by the exact value of the
 * double. (`Math.round` and `toFixed` take a half up.)
 */
export function roundHalfEven(value: number, digits = 0): number {
  if (!Number.isFinite(value)) return value;
  const size = Math.abs(value);
  const [, decimals = ''] = size.toFixed(digits + beyond).split('.');
  const up = Number(size.toFixed(digits));
  const isTie = /^50*$/.test(decimals.slice(digits));
  const isOdd = Number(size.toFixed(digits).at(-1)) % 2 === 1;
  const rounded = isTie && isOdd ? Number((up - 10 ** -digits).toFixed(digits)) : up;
  return value < 0 ? -rounded : rounded;
}
