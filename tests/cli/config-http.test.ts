import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { createPlace, ended, start } from '../support/program.ts';

/** `config` for a server that runs: its address, and the token that it may demand. */

const token = 'tok_0123456789abcdef';

function createHome(extra: Record<string, string> = {}) {
  const place = createPlace('http://localhost:8002', { DUNETRACE_API_KEY: 'dt_live_secret', ...extra });
  return {
    folder: place.folder,
    config: (...args: string[]) => ended(start(['config', ...args], place, place.folder)),
  };
}

const entryIn = (stdout: string): unknown => JSON.parse(stdout).mcpServers.dunetrace;

test('an address instead of a command', async () => {
  const { stdout, stderr } = await createHome().config('gemini', '--http');
  expect(entryIn(stdout)).toEqual({ httpUrl: 'http://127.0.0.1:8000/mcp' });
  expect(stderr).toContain('It needs a running server: dunetrace-mcp serve --http\n');
  expect(stderr).toContain('DUNETRACE_HTTP_TOKEN is not set here, so the entry has no token');
});

test.each([
  [['--port', '9000'], 'http://127.0.0.1:9000/mcp', 'dunetrace-mcp serve --http --port 9000\n'],
  [['--url', 'http://localhost:9001/mcp'], 'http://localhost:9001/mcp', 'dunetrace-mcp serve --http --port 9001\n'],
  [['--url', 'https://mirror.test'], 'https://mirror.test/mcp', 'a running server at https://mirror.test/mcp.\n'],
  [['--url', 'https://mirror.test/a/b?c=1'], 'https://mirror.test/a/b?c=1', 'at https://mirror.test/a/b?c=1.\n'],
])('%j', async (args, url, need) => {
  const { code, stdout, stderr } = await createHome().config('cursor', ...args);
  expect([code, entryIn(stdout)]).toEqual([0, { url }]);
  expect(stderr).toContain(need);
});

test.each([
  [['--port', '0'], /--port is "0"; it takes a number from 1 to 65535/],
  [['--port', 'many'], /--port is "many"/],
  [['--url', 'mirror.test'], /--url must be an http or https address/],
  [['--url', 'file:///etc/passwd'], /--url must be an http or https address/],
  [['--url', 'https://me:secret@mirror.test/mcp'], /--url must be without user, password and #fragment/],
  [['--url', 'https://mirror.test', '--port', '1'], /cannot be used with option '--port/],
])('%j is a usage error, which shows no secret', async (args, message) => {
  const { code, stdout, stderr } = await createHome().config('cursor', ...args);
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toMatch(message);
  expect(stderr).not.toContain('secret');
});

test('the token is named where it is shown, and in a project; only a file of the user holds it', async () => {
  const { config } = createHome({ DUNETRACE_HTTP_TOKEN: token });
  const named = { url: 'http://127.0.0.1:8000/mcp', headers: { Authorization: `Bearer \${env:DUNETRACE_HTTP_TOKEN}` } };
  const shown = await config('cursor', '--http');
  expect(entryIn(shown.stdout)).toEqual(named);
  expect(shown.stderr).toContain('Export DUNETRACE_HTTP_TOKEN where Cursor is started.\n');
  const project = await config('cursor', '--http', '--write', '--scope', 'project');
  expect(project.stdout).toContain('Export DUNETRACE_HTTP_TOKEN where Cursor is started.\n');
  expect(project.stdout).not.toContain(token);
  const user = await config('lm-studio', '--http', '--write');
  const file = /^Written to (.*)\.$/m.exec(user.stdout)?.[1] ?? '';
  expect(entryIn(readFileSync(file, 'utf8'))).toMatchObject({ headers: { Authorization: `Bearer ${token}` } });
  expect(user.stdout).not.toContain(token);
});

test('Zed, which takes no variables: a placeholder for the token where it is shown, and no entry without it', async () => {
  const { config, folder } = createHome({ DUNETRACE_HTTP_TOKEN: token });
  const shown = await config('zed', '--http');
  expect(JSON.parse(shown.stdout).context_servers.dunetrace.headers).toEqual({ Authorization: 'Bearer YOUR_TOKEN' });
  expect(shown.stderr).toContain(
    "Replace YOUR_TOKEN with the server's token, or let --write fill in DUNETRACE_HTTP_TOKEN.",
  );
  for (const write of [[], ['--write']]) {
    const project = await config('zed', '--http', '--scope', 'project', ...write);
    expect([project.code, project.stdout]).toEqual([2, '']);
    expect(project.stderr).toContain('Zed takes no token from the environment');
  }
  const user = await config('zed', '--http', '--write');
  expect(user.code).toBe(0);
  expect(readFileSync(`${folder}/.config/zed/settings.json`, 'utf8')).toContain(`"Bearer ${token}"`);
  const open = await createHome().config('zed', '--http', '--scope', 'project');
  expect(JSON.parse(open.stdout).context_servers.dunetrace).toEqual({ url: 'http://127.0.0.1:8000/mcp' });
});

test('a token that would leave this machine readable has a warning', async () => {
  const { config } = createHome({ DUNETRACE_HTTP_TOKEN: token });
  const warning = 'The token goes to http://mirror.test/mcp over plain HTTP';
  expect((await config('cursor', '--url', 'http://mirror.test')).stderr).toContain(warning);
  expect((await config('cursor', '--url', 'https://mirror.test')).stderr).not.toContain('plain HTTP');
  expect((await createHome().config('cursor', '--url', 'http://mirror.test')).stderr).not.toContain('plain HTTP');
});
