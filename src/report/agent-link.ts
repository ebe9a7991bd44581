import { type Markup, markup } from '../pictures/markup.ts';
import { idText } from '../printable.ts';

/** Where an agent's name leads in this page; undefined: nowhere. */
export type LinkOf = (agentId: string) => string | undefined;

/** An agent's name, as a link if it leads somewhere. */
export function agentLink(agentId: string, linkOf: LinkOf): Markup {
  const link = linkOf(agentId);
  return link === undefined ? markup`<b>${idText(agentId)}</b>` : markup`<a href="${link}">${idText(agentId)}</a>`;
}
