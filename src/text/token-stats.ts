import { cut, idText } from '../printable.ts';
import { prose } from '../prose.ts';
import type { TokenWindow } from '../queries/token-stats.ts';
import { percent } from './marks.ts';
import { plural } from './plural.ts';
import { plainTable } from './tables.ts';

export const whole = (value: number | null) => (value === null ? '?' : Math.round(value).toLocaleString('en-US'));

/** US dollars: with cents from one dollar up, below that with as many digits as are significant. */
export const dollars = (value: number | null) =>
  value === null ? '?' : `$${value >= 1 || value === 0 ? value.toFixed(2) : value.toFixed(6).replace(/0{1,4}$/, '')}`;

const maxModels = 5;
/** How many failure types an answer names, and the characters of each. */
const maxTypes = 20;
const maxName = 60;

function models(unpriced: readonly string[]): string {
  const named = unpriced.slice(0, maxModels).map((model) => prose(cut(model, 60)));
  const rest = unpriced.length - named.length;
  return `${named.join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}

/** What the token counts of a window are based on: `events of 12 of 16 runs, runs list of 4`. */
export function tokensBasis({
  runs,
  tokensFrom: { events, list, nowhere },
  otherwise,
}: Pick<TokenWindow, 'runs' | 'tokensFrom' | 'otherwise'>): string {
  if (runs === 0) return 'no runs';
  const parts = [`events of ${events} of ${plural(runs, 'run')}`];
  if (list > 0) parts.push(`runs list of ${list} (total only)`);
  if (nowhere > 0) parts.push(`no data for ${nowhere}`);
  if (otherwise.runs > 0)
    parts.push(`the runs list says otherwise of ${otherwise.runs} of them (${whole(otherwise.listed)} tokens)`);
  return parts.join(', ');
}

/** What the cost of a window is based on: `server for 3, prices of 2026-01-31 for 13 of 16 runs`. */
export function costBasis(
  { runs, costFrom, unpriced }: Pick<TokenWindow, 'runs' | 'costFrom' | 'unpriced'>,
  pricesDate: string | undefined,
): string {
  const { server, prices, nowhere } = costFrom;
  if (runs === 0) return 'no runs';
  const parts: string[] = [];
  if (server > 0) parts.push(`server for ${server}`);
  if (prices > 0) parts.push(`prices of ${prose(cut(pricesDate ?? '?', 40))} for ${prices}`);
  if (nowhere > 0) parts.push(`unknown or partial for ${nowhere}`);
  const lacking = unpriced.length === 0 ? '' : `; no price for ${models(unpriced)}`;
  return `${parts.join(', ')} of ${plural(runs, 'run')}${lacking}`;
}

const share = (part: number | null, all: number | null) => (part === null || !all ? '' : ` (${percent(part / all)})`);

/** `1,234 for $0.02`. */
const part = ({ tokens, cost }: TokenWindow['excess']) =>
  tokens === 0 ? '0' : `${whole(tokens)} for ${dollars(cost)}`;

/** The tokens of each window. Reasoning tokens have a column where there are any. */
function usageTable(windows: readonly TokenWindow[]): string[] {
  const reasons = windows.some(({ reasoningTokens }) => reasoningTokens);
  const titles = ['RUNS', 'PROMPT', 'COMPLETION', ...(reasons ? ['REASONING'] : []), 'TOTAL', 'COST', 'FAILED RUNS'];
  const rows = windows.map((window) => [
    `${window.days}d`,
    String(window.runs),
    whole(window.promptTokens),
    whole(window.completionTokens),
    ...(reasons ? [whole(window.reasoningTokens)] : []),
    whole(window.totalTokens),
    dollars(window.costUsd),
    String(window.failedRuns),
    `${whole(window.failedTokens)}${share(window.failedTokens, window.totalTokens)}`,
    `${dollars(window.failedCostUsd)}${share(window.failedCostUsd, window.costUsd)}`,
  ]);
  return plainTable(['LAST', ...titles, 'THEIR TOKENS', 'THEIR COST'], rows);
}

/** What failed runs spent beyond the others, what stopped ones did not, and runs that count nowhere. */
function besidesLines(windows: readonly TokenWindow[]): string[] {
  const last = windows.at(-1);
  if (!last) return [];
  const { baselineTokens, projected, excess, stoppedRuns, runsWithoutCalls } = last;
  const each = (of: (window: TokenWindow) => string) =>
    windows.map((window) => `${window.days}d: ${of(window)}`).join('; ');
  return [
    ...(excess.tokens === 0
      ? []
      : [
          `Excess of failed runs, above the ${whole(baselineTokens)} tokens of a run without failure: ${each((window) => part(window.excess))}`,
          `  In 30 days, as in the last 7: ${part(projected)}`,
        ]),
    ...(stoppedRuns === 0
      ? []
      : [
          `Prevented by policies and approvals that stopped runs: ${each((window) => `${part(window.prevented)} in ${plural(window.stoppedRuns, 'run')}`)}`,
        ]),
    ...(runsWithoutCalls === 0
      ? []
      : [`Not counted, as they called no model: ${each((window) => plural(window.runsWithoutCalls, 'run'))}`]),
  ];
}

/** An agent's tokens and costs in each window, their basis, and the numbers by failure type. */
export function tokenStatsLines(
  agentId: string,
  windows: readonly TokenWindow[],
  pricesDate: string | undefined,
): string[] {
  const types = [
    ...new Set(windows.toReversed().flatMap((window) => window.types.map(({ failureType }) => failureType))),
  ];
  const shownTypes = types.slice(0, maxTypes);
  const used = (window: TokenWindow, failureType: string) => {
    const found = window.types.find((type) => type.failureType === failureType);
    return found ? `${whole(found.tokens)} (${plural(found.runs, 'run')}, ${dollars(found.costUsd)})` : '0';
  };
  const byType = shownTypes.map((type) => [idText(cut(type, maxName)), ...windows.map((window) => used(window, type))]);
  return [
    `Token use of ${idText(agentId)}`,
    ...usageTable(windows),
    ...besidesLines(windows),
    'Where the numbers come from:',
    ...windows.map(
      (window) => `  ${window.days}d: tokens: ${tokensBasis(window)}; cost: ${costBasis(window, pricesDate)}`,
    ),
    ...(types.length === 0
      ? []
      : [
          'Tokens of failed runs by failure type (a run with several counts for each):',
          ...plainTable(['FAILURE TYPE', ...windows.map(({ days }) => `${days}d`)], byType),
          ...(types.length > maxTypes ? [`…and ${plural(types.length - maxTypes, 'more type')}`] : []),
        ]),
  ];
}
