import type { HostContext } from './host.ts';

/** The variables that a host may set: colours, fonts and their sizes. */
const isLook = (name: string) => /^--(color|font|border)-[a-z0-9-]+$/.test(name);

/** Makes the page look as its host wants it. */
export function applyLook({ theme, styles, safeAreaInsets: insets }: HostContext): void {
  const { documentElement: root, body } = document;
  if (theme !== undefined) root.dataset.theme = theme;
  for (const [name, value] of Object.entries(styles?.variables ?? {}))
    if (isLook(name) && typeof value === 'string') root.style.setProperty(name, value);
  if (insets) body.style.margin = `${insets.top}px ${insets.right}px ${insets.bottom}px ${insets.left}px`;
}

const isMoment = (text: string) => text.includes('T');

/** Writes numbers and dates as the reader's language does; in UTC, as everything else that answers say. */
export function localize(root: ParentNode, locale: string): void {
  const numbers = new Intl.NumberFormat(locale);
  const days = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short', timeZone: 'UTC' });
  const moments = new Intl.DateTimeFormat(locale, {
    ...{ dateStyle: 'medium', timeStyle: 'short', timeZone: 'UTC' },
  });
  for (const element of root.querySelectorAll('data')) element.textContent = numbers.format(Number(element.value));
  for (const element of root.querySelectorAll('time')) {
    const date = new Date(element.dateTime);
    if (Number.isNaN(date.getTime())) continue;
    element.textContent = isMoment(element.dateTime) ? `${moments.format(date)} UTC` : days.format(date);
  }
}
