import type { Finding } from './finding.ts';

/** What all findings of the doctor come to. */
export interface Verdict {
  verdict: 'healthy' | 'works' | 'does not work';
  /** The verdict in one line, with what to look at, or what to do first. */
  said: string;
}

/** The verdict over the findings, which come in the order in which their causes are to be mended. */
export function verdictOf(findings: readonly Finding[]): Verdict {
  const failed = findings.filter(({ level }) => level === 'fail');
  const [first] = failed;
  if (first) {
    const hasMirror = findings.some(({ what, level }) => what === 'Integrity' && level === 'ok');
    const meanwhile =
      hasMirror && failed.every(({ what }) => what === 'API')
        ? ' Until then answers come from the mirror as it is.'
        : '';
    return { verdict: 'does not work', said: `Does not work. Begin with ${first.what}: ${first.said}${meanwhile}` };
  }
  const names = [...new Set(findings.flatMap(({ level, what }) => (level === 'warn' ? [what] : [])))];
  if (names.length > 0) return { verdict: 'works', said: `Works. To be looked at: ${names.join(', ')}.` };
  return { verdict: 'healthy', said: 'Healthy. All that was looked at works.' };
}
