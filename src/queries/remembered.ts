import type { Reader } from '../mirror/open.ts';

/** Past this many answers of one kind they are computed anew: so many agents are seldom asked about in turn. */
const maxAnswers = 1000;

interface Kept<Value> {
  version: string;
  answers: Map<string, { state: string; value: Value }>;
}

/** Moves whenever the file or what the connection sees of it changes; `data_version` leaves out a connection's own writes. */
function createVersion({ sqlite }: Reader): () => string {
  const others = sqlite.prepare('pragma data_version').pluck();
  const own = sqlite.prepare('select total_changes()').pluck();
  return () => `${others.get()} ${own.get()}`;
}

/**
 * For answers that are many rows' work: keeps the last one for each `subject` (an agent), until anything is written to the
 * mirror or `state` is another: it tells all that the answer depends on besides the rows. Nobody may change an answer.
 */
export function remembered<Value>() {
  const versions = new WeakMap<Reader['db'], () => string>();
  const kept = new WeakMap<Reader['db'], Kept<Value>>();
  return (reader: Reader, subject: string, state: string, compute: () => Value): Value => {
    const versionOf = versions.get(reader.db) ?? createVersion(reader);
    versions.set(reader.db, versionOf);
    const version = versionOf();
    const known = kept.get(reader.db);
    const current =
      known?.version === version && known.answers.size < maxAnswers ? known : { version, answers: new Map() };
    kept.set(reader.db, current);
    const found = current.answers.get(subject);
    if (found?.state === state) return found.value;
    const value = compute();
    current.answers.set(subject, { state, value });
    return value;
  };
}
