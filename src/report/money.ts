/**
 * US dollars as short as is useful beside other figures: cents, and below a cent two significant digits; `?` for what is
 * not known.
 */
export function dollars(value: number | null): string {
  if (value === null) return '?';
  const digits = value >= 0.01 || value === 0 ? 2 : Math.min(8, 1 - Math.floor(Math.log10(value)));
  return `$${value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits })}`;
}
