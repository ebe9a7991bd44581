import { cut } from '../printable.ts';
import type { Fix } from '../queries/json.ts';

const maxTitle = 120;
const maxWhat = 240;
const maxFix = 160;
/**
 * Characters of explanations in one answer. Titles go on beyond it, and a signal's own answer has its full explanation.
 */
const explanationBudget = 2400;

interface Explained {
  title: string;
  what: string;
  whyItMatters: string;
  fixes: readonly Fix[];
}

/** What a list shows of a signal's texts. */
export interface Brief {
  title: string;
  what?: string;
  impact?: string;
  fix?: string;
}

/** A title as lists show it. */
export const briefTitle = ({ title }: { title: string }): string => short(title, maxTitle);

const short = (text: string, max: number) => cut(text.trim(), max);

/**
 * Shortens the texts in a list of signals. Explanations are templates that repeat, so each appears once, and all of
 * them stay within a budget. The impact is left out unless `withImpact` is set.
 */
export function createBriefs({ withImpact = false } = {}): (signal: Explained) => Brief {
  const seen = new Set<string>();
  let left = explanationBudget;
  return ({ title, what, whyItMatters, fixes }) => {
    const brief: Brief = { title: briefTitle({ title }) };
    const texts = {
      what: short(what, maxWhat),
      impact: withImpact ? short(whyItMatters, maxWhat) : '',
      fix: short(fixes[0]?.description ?? '', maxFix),
    };
    const key = JSON.stringify(texts);
    const cost = texts.what.length + texts.impact.length + texts.fix.length;
    if (seen.has(key) || cost > left) return brief;
    seen.add(key);
    left -= cost;
    return {
      ...brief,
      ...(texts.what ? { what: texts.what } : {}),
      ...(texts.impact ? { impact: texts.impact } : {}),
      ...(texts.fix ? { fix: texts.fix } : {}),
    };
  };
}
