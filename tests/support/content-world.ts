import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type ContentMode, readConfig } from '../../src/config.ts';
import { openReader, type Reader } from '../../src/db/open.ts';
import { checkAgainstApi } from '../../src/sync/check.ts';
import { openSyncer } from '../../src/sync/syncer.ts';
import { createFakeClock } from './fake-clock.ts';
import { createTestClient, startFakeCustomerApi } from './fake-customer-api.ts';
import { createPlace } from './program.ts';

/** Texts of an agent's, none of them a word of the program's or of the server's. */
export const secrets = {
  input: 'please refund quokka order 4711',
  system: 'You are the careful wombat of the shop.',
  args: "to='ann@numbat.example' amount=5",
  error: 'bilby refused the card',
  custom: 'a potoroo in a field that nobody knows',
};

/** Every file of a folder, and below it. */
export function bytesIn(folder: string): Map<string, Buffer> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((one) => one.isFile());
  return new Map(files.map((one) => [one.name, readFileSync(join(one.parentPath, one.name))]));
}

/** Which of these texts lie in which files of a folder. */
export function foundIn(folder: string, texts: readonly string[]): string[] {
  const found: string[] = [];
  for (const [name, bytes] of bytesIn(folder))
    for (const text of texts) if (bytes.includes(text)) found.push(`${text} in ${name}`);
  return found;
}

/** A Customer API whose agents' texts come raw, and a mirror of it. */
export async function setUpContent({ generation = 2 }: { generation?: 2 | 3 } = {}) {
  const clock = createFakeClock(1_780_000_000, { autoAdvance: true });
  const api = await startFakeCustomerApi({ clock, generation });
  const place = createPlace(api.url, { DUNETRACE_EVENTS_DAYS: '30', DUNETRACE_RPM: '100000' });
  const logged: string[] = [];

  for (let n = 0; n < 30; n += 1) {
    const [runId, startedAt] = [`run-${n}`, clock.now() - 4000 + n];
    const event = (event_type: string, step_index: number, payload: Record<string, string>) => ({
      ...{ event_type, step_index, timestamp: startedAt + step_index, payload, parent_run_id: null },
    });
    api.backend.ingestRun({
      ...{
        runId,
        agentId: 'a',
        agentVersion: 'v1',
        startedAt,
        completedAt: startedAt + 3,
        exitReason: 'run.completed',
      },
      events: [
        event('run.started', 0, { input_text: `${secrets.input} ${n}`, system_prompt: secrets.system }),
        event('tool.called', 1, { tool_name: 'pay', args: secrets.args }),
        event('tool.responded', 2, { tool_name: 'pay', error: secrets.error, custom: secrets.custom }),
        event('run.completed', 3, { exit_reason: 'final_answer' }),
      ],
    });
    api.backend.analyse(runId, [
      {
        ...{ failureType: 'UNREAD_TOOL_ERROR', severity: 'HIGH', stepIndex: 2 },
        evidence: { tool: 'pay', tool_error: `${secrets.error} ${n}`, args_snippet: secrets.args },
        title: `pay failed: ${secrets.error.slice(0, 18)}…`,
        evidenceSummary: `{'tool': 'pay', 'tool_error': '${secrets.error} ${n}'}`,
      },
    ]);
  }

  function config(content: ContentMode) {
    const env = { ...place.env, DUNETRACE_CONTENT: content };
    return readConfig({ env, platform: 'linux', homeDir: place.folder });
  }

  /** A syncer under a setting does one pass, and what comes between passes, and ends. */
  async function sync(content: ContentMode): Promise<void> {
    const say = (text: string) => void logged.push(text);
    const syncer = openSyncer(config(content), { clock, random: () => 0.5, log: { info: say, warn: say } });
    clock.jump(60);
    syncer.takeLease(30);
    await syncer.fleet({ isFenced: true });
    const never = new AbortController().signal;
    await syncer.catchUp({ signal: never, ending: never });
    syncer.releaseLease();
    await syncer.close();
  }

  function read<Value>(work: (reader: Reader) => Value): Value {
    const reader = openReader(place.file, config('hash'));
    try {
      return work(reader);
    } finally {
      reader.close();
    }
  }

  /** What differs from the API. */
  async function differences() {
    const client = createTestClient(api.url, clock);
    const reader = openReader(place.file, config('hash'));
    onTestFinished(() => reader.close());
    const { lists, failures } = await checkAgainstApi({ client, reader, random: () => 0.5 });
    await client.close();
    return [...lists, ...failures];
  }

  return { ...place, clock, api, logged, config, sync, read, differences };
}
