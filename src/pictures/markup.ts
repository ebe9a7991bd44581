import { printable } from '../printable.ts';

/** HTML that is safe to put into a page as it is. Everything else is escaped. */
export class Markup {
  readonly html: string;

  constructor(html: string) {
    this.html = html;
  }
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

const escaped = (text: string) => printable(text).replace(/[&<>"']/g, (character) => entities[character] ?? character);

type Value = Markup | string | number | readonly Markup[];

function written(value: Value): string {
  if (value instanceof Markup) return value.html;
  if (typeof value === 'string') return escaped(value);
  return typeof value === 'number' ? String(value) : value.map(({ html }) => html).join('');
}

/** Markup from a template, whose values are escaped unless they are markup themselves. */
export function markup(parts: TemplateStringsArray, ...values: readonly Value[]): Markup {
  return new Markup(parts.reduce((html, part, index) => html + written(values[index - 1] ?? '') + part));
}

export const nothing = new Markup('');
