import type { Mirror } from '../db/open.ts';
import { parseToStore } from '../exact-json.ts';
import { type Content, jsonWithoutTexts, rehashedContent } from '../lists/content.ts';
import { storedPayload } from '../lists/run-detail.ts';
import { hideStoredWords, type StoredWords } from '../lists/signals.ts';
import type { Changes } from './changes.ts';
import type { EvidenceStore } from './evidence.ts';
import type { ExplanationStore } from './explanations.ts';
import type { RecordStore } from './records.ts';

/**
 * Hashes the texts of rows that are stored, some rows at a time. What is hashed already stays as it is, and is not written
 * again.
 */
export interface Rehash {
  /**
   * Hashes some rows of a kind, from the one after `after` on. To be called in a transaction.
   * @returns the last of them; undefined: there are no more.
   */
  hashSome(kind: RehashedKind, after: number): number | undefined;
}

export interface RehashDeps {
  explanations: ExplanationStore;
  evidence: EvidenceStore;
  records: Pick<RecordStore, 'hide'>;
  changes: Changes;
}

export const rehashedKinds = ['agents', 'runs', 'events', 'signals', 'records'] as const;

export type RehashedKind = (typeof rehashedKinds)[number];

/** Before the first row, by any number. */
export const beforeAll = Number.MIN_SAFE_INTEGER;

const limit = 500;

interface StoredEvent {
  id: number;
  payload: string;
  extra: string | null;
}

type StoredSignal = StoredWords & { key: number; explanation: number; failureType: string; extra: string | null };

function payloadWithoutTexts(payload: string, content: Content): string {
  const sent = parseToStore(payload);
  const isObject = typeof sent === 'object' && sent !== null && !Array.isArray(sent);
  return isObject ? JSON.stringify(storedPayload({ ...sent }, content)) : payload;
}

export function createRehash(
  { sqlite }: Mirror,
  { explanations, evidence, records, changes }: RehashDeps,
  secret: () => string,
): Rehash {
  const events = sqlite.prepare<[number], StoredEvent>(
    `select rowid as id, payload, extra from run_events where rowid > ? order by rowid limit ${limit}`,
  );
  const setEvent = sqlite.prepare('update run_events set payload = ?, extra = ? where rowid = ?');
  const signals = sqlite.prepare<[number], StoredSignal>(
    `select s.key, s.explanation, s.extra, e.body as evidence, n.name as failureType, x.title, x.what, x.why_it_matters as whyItMatters,
      x.evidence_summary as evidenceSummary, x.suggested_fixes as suggestedFixes
    from signals s join explanations x on x.id = s.explanation join names n on n.id = x.failure_type
      left join evidence e on e.key = s.key
    where s.key > ? order by s.key limit ${limit}`,
  );
  const setSignal = sqlite.prepare('update signals set explanation = ?, extra = ? where key = ?');

  function hashEvents(after: number, content: Content): number | undefined {
    const found = events.all(after);
    for (const { id, payload, extra } of found) {
      const next = [payloadWithoutTexts(payload, content), jsonWithoutTexts(extra, content)] as const;
      if (next[0] === payload && next[1] === extra) continue;
      setEvent.run(...next, id);
      changes.other();
    }
    return found.at(-1)?.id;
  }

  function hashSignals(after: number, content: Content): number | undefined {
    const found = signals.all(after);
    for (const { key, explanation, failureType, extra, ...words } of found) {
      const hidden = hideStoredWords(words, content);
      const next = [explanations.number({ failureType, ...hidden }), jsonWithoutTexts(extra, content)] as const;
      if (next[0] === explanation && next[1] === extra && hidden.evidence === words.evidence) continue;
      setSignal.run(...next, key);
      evidence.put(key, hidden.evidence, words.evidence);
      changes.other();
    }
    return found.at(-1)?.key;
  }

  function hashExtras(table: 'agents' | 'runs', after: number, content: Content): number | undefined {
    // What a detail says besides is in a column of its own.
    const detail = table === 'runs' ? 'detail_extra' : 'null';
    const found = sqlite
      .prepare<[number], { id: number; extra: string | null; detail: string | null }>(
        `select id, extra, ${detail} as detail from ${table}
         where id > ? and (extra is not null or ${detail} is not null) order by id limit ${limit}`,
      )
      .all(after);
    const setExtra = sqlite.prepare(`update ${table} set extra = ? where id = ?`);
    const setDetail = table === 'runs' ? sqlite.prepare('update runs set detail_extra = ? where id = ?') : undefined;
    for (const { id, extra, detail } of found) {
      const next = [jsonWithoutTexts(extra, content), jsonWithoutTexts(detail, content)] as const;
      if (next[0] === extra && next[1] === detail) continue;
      setExtra.run(next[0], id);
      setDetail?.run(next[1], id);
      changes.other();
    }
    return found.at(-1)?.id;
  }

  return {
    hashSome: (kind, after) => {
      const content = rehashedContent(secret());
      if (kind === 'records') {
        // There are few of them: all at once.
        records.hide(content);
        return undefined;
      }
      if (kind === 'events') return hashEvents(after, content);
      return kind === 'signals' ? hashSignals(after, content) : hashExtras(kind, after, content);
    },
  };
}
