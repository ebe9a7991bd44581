import { cut } from '../printable.ts';
import type { Fix } from '../queries/json.ts';

const maxTitle = 120;
const maxWhat = 240;
const maxFix = 160;
/** A shorter id may be a word. */
const minRunId = 16;
/**
 * Characters of explanations in one answer. Titles go on beyond it, and a signal's own answer has its full explanation.
 */
const explanationBudget = 2400;

interface Explained {
  runId: string;
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

export interface Briefs {
  /** Explanations are templates that repeat, so each appears once, and all of them stay within a budget. */
  briefOf(signal: Explained): Brief;
  /** The same text for signals of which the same is said. */
  keyOf(signal: Explained): string;
}

interface BriefOptions {
  /** Why it matters, too. */
  withImpact?: boolean;
  /** Of an explanation its first sentence alone. */
  inOneSentence?: boolean;
}

/** A title as lists show it. */
export const briefTitle = ({ title }: { title: string }): string => short(title, maxTitle);

const short = (text: string, max: number) => cut(text.trim(), max);

const sentenceEnd = /[.!?](?=\s+[\p{Lu}`"])/u;

function firstSentence(text: string): string {
  const end = sentenceEnd.exec(text.slice(0, 2 * maxWhat))?.index;
  return end === undefined ? text : text.slice(0, end + 1);
}

/** Whether a title says more than its failure type: "Slow Step detected" does not of SLOW_STEP. */
export function saysMore({ title, failureType }: { title: string; failureType: string }): boolean {
  const letters = (text: string) => text.toLowerCase().replaceAll(/[^\p{L}\p{N}]/gu, '');
  return letters(title).replace(/detected$/, '') !== letters(failureType);
}

/** Shortens the texts in a list of signals. */
export function createBriefs({ withImpact = false, inOneSentence = false }: BriefOptions = {}): Briefs {
  const seen = new Set<string>();
  let left = explanationBudget;

  function textsOf({ runId, what, whyItMatters, fixes }: Explained) {
    // The row names its run already; a template that repeats it would be another text for each.
    const unnamed = runId.length < minRunId ? what : what.replaceAll(runId, '…');
    const told = (text: string) => short(inOneSentence ? firstSentence(text) : text, maxWhat);
    return {
      what: told(unnamed),
      impact: withImpact ? told(whyItMatters) : '',
      fix: short(fixes[0]?.description ?? '', maxFix),
    };
  }

  return {
    keyOf: (signal) => JSON.stringify([briefTitle(signal), textsOf(signal)]),
    briefOf: (signal) => {
      const title = briefTitle(signal);
      const texts = textsOf(signal);
      const key = JSON.stringify(texts);
      const cost = texts.what.length + texts.impact.length + texts.fix.length;
      if (seen.has(key) || cost > left) return { title };
      seen.add(key);
      left -= cost;
      const { what, impact, fix } = texts;
      return { title, ...(what ? { what } : {}), ...(impact ? { impact } : {}), ...(fix ? { fix } : {}) };
    },
  };
}
