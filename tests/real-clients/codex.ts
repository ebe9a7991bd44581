import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import type { Installed } from './installed.ts';

const answer = z.object({
  id: z.number().optional(),
  result: z.object({ data: z.array(z.object({ tools: z.record(z.string(), z.unknown()) })).optional() }).optional(),
});

/** The tools that Codex has from its servers. `codex mcp list` does not start them, but its app server does. */
export async function askCodex({ program, folder, env }: Installed): Promise<string> {
  const child = spawn(program, ['app-server'], { cwd: folder, env, stdio: ['pipe', 'pipe', 'ignore'] });
  const send = (message: object) => child.stdin.write(`${JSON.stringify(message)}\n`);
  try {
    send({ id: 1, method: 'initialize', params: { clientInfo: { name: 'test', title: 'test', version: '1' } } });
    for await (const line of createInterface({ input: child.stdout })) {
      const { id, result } = answer.parse(JSON.parse(line));
      if (id === 1) {
        send({ method: 'initialized' });
        send({ id: 2, method: 'mcpServerStatus/list', params: {} });
      }
      if (id === 2) return (result?.data ?? []).flatMap(({ tools }) => Object.keys(tools)).join('\n');
    }
    return '';
  } finally {
    child.kill('SIGKILL');
  }
}
