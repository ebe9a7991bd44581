import { type Markup, markup, nothing } from '../pictures/markup.ts';
import { seriesPatterns } from '../pictures/series.ts';
import { idText } from '../printable.ts';
import { minute } from '../text/time.ts';
import { agentPart } from './agent-part.ts';
import { anchorOf } from './anchor.ts';
import type { Report } from './contents.ts';
import { fleetPart } from './fleet-part.ts';
import { headlinePart } from './headline-part.ts';
import { introPart } from './intro-part.ts';
import { pageStyle, stylePolicy } from './style.ts';

/** The page loads nothing and runs nothing, whatever an agent's texts contain. */
const policy = () => `default-src 'none'; ${stylePolicy()}; img-src data:; base-uri 'none'; form-action 'none'`;

function agentsInFull(report: Report): Markup {
  const { agents, fleet } = report;
  if (agents.length === 0) return nothing;
  const rest = fleet.length - agents.length;
  const more =
    rest > 0
      ? markup`<p class="dim">In full: the gravest ${agents.length} of them; --agent shows another.</p>`
      : nothing;
  const parts = agents.map((part) => agentPart(part, report, markup`${idText(part.agent.agentId)}`));
  return markup`${more}${parts}`;
}

/** The report as one self-contained HTML page. */
export function reportPage(report: Report): string {
  const places = new Map(report.agents.map(({ agent }) => [agent.agentId, `#${anchorOf('agent', agent.agentId)}`]));
  const linkOf = (agentId: string) => places.get(agentId);
  const page = markup`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta http-equiv="Content-Security-Policy" content="${policy()}"><link rel="icon" href="data:,"><title>Dunetrace report, ${minute(report.end)}</title><style>${pageStyle}</style></head>
<body><header><h1>Dunetrace report</h1>${introPart(report)}</header>
<main>${seriesPatterns}${headlinePart(report, linkOf)}${fleetPart(report, linkOf)}${agentsInFull(report)}</main></body></html>
`;
  return page.html;
}
