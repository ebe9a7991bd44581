import { readdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { expect, test, vi } from 'vitest';
import { isLong } from '../support/effort.ts';
import { type Harm, harmNames, harms } from '../support/harm.ts';
import { connect } from '../support/mcp-client.ts';
import { count, filled, noted, setUp } from './disk-harness.ts';

vi.setConfig({ testTimeout: 60_000 });

/** The file that the log belongs to, and the log itself. */
const few: readonly Harm[] = ['the file cut to nothing', '-wal overwritten with garbage'];

test.each(isLong ? harmNames : few)(
  '%s: the next answer notices, one line says so, and a new file is filled',
  async (harm) => {
    const { place } = await setUp({ DUNETRACE_POLL_SECONDS: '3600' });
    const [first, second] = [await connect(place), await connect(place)];
    for (const server of [first, second]) await server.call('refresh_mirror');
    for (const server of [first, second]) await filled(server);
    harms[harm](place.file);
    expect(noted(await first.call('list_agents'))).toMatch(
      /The mirror file \S+ (is damaged|lost its -wal or -shm while it was in use)\. It was moved to \S+\.corrupt-\w+, and a new one was started\./,
    );
    expect(noted(await second.call('list_agents'))).toMatch(
      /was found damaged and moved to \S+\.corrupt-\w+ while it was in use/,
    );
    for (const server of [first, second]) {
      await server.call('refresh_mirror');
      const runs = await server.call('get_agent_runs', { agent_id: 'research-agent' });
      expect(runs.structured).toMatchObject({ total: 2 });
      expect((await server.call('query_mirror', { sql: 'SELECT count(*) AS n FROM v_runs' })).text).toContain('3');
      expect(
        server
          .stderr()
          .split('\n')
          .filter((line) => line.includes('mirror file')),
      ).toHaveLength(1);
    }
    expect(await count(place, 'v_runs')).toBe(3);
    expect(readdirSync(dirname(place.file)).filter((name) => /\.corrupt-\w+$/.test(name))).toHaveLength(1);
  },
);
