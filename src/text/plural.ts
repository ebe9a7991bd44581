/** `1 signal`, `2 signals`, `2 policies`, `2 fixes`. */
export function plural(count: number, noun: string): string {
  return `${count} ${count === 1 ? noun : `${noun}s`.replace(/([^aeiou])ys$/, '$1ies').replace(/xs$/, 'xes')}`;
}
