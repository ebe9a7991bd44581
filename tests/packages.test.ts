import { execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { validate } from 'dockerfile-utils';
import { build } from 'esbuild';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { parse as parseYaml } from 'yaml';
import { z } from 'zod';
import { serverJson } from '../scripts/server-json.ts';
import { prompts } from '../src/prompts/registry.ts';
import { tools } from '../src/tools/registry.ts';
import { isLong } from './support/effort.ts';
import { startFakeCustomerApi } from './support/fake-customer-api.ts';
import { freePort } from './support/loopback.ts';
import { callTool, connectTo } from './support/mcp-client.ts';
import { createPlace } from './support/program.ts';
import { fillSmallFleet } from './support/small-fleet.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (name: string) => readFileSync(join(root, name), 'utf8');
const { version } = z.object({ version: z.string() }).parse(JSON.parse(read('package.json')));
const packed = (name: string) => join(root, 'dist-packages', name);

const serverShape = z.object({ command: z.string(), args: z.array(z.string()), env: z.record(z.string(), z.string()) });

beforeAll(async () => {
  if (!isLong) return;
  const kinds = ['mcpb', 'claude-code', 'gemini', 'registry'];
  await promisify(execFile)(process.execPath, ['scripts/pack.js', ...kinds], { cwd: root });
});

/** Unpacks an archive into a new folder. */
function unpacked(archive: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'dunetrace-package-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const [command, args] = archive.endsWith('.mcpb')
    ? ['unzip', ['-q', archive, '-d', folder]]
    : ['tar', ['-xzf', archive, '-C', folder]];
  execFileSync(command, args);
  return folder;
}

/** Starts the server as a client does, with its placeholders filled in, and asks it something. */
async function ask(server: z.infer<typeof serverShape>, fill: (text: string, apiUrl: string) => string): Promise<void> {
  const api = await startFakeCustomerApi();
  fillSmallFleet(api.backend, Date.now() / 1000);
  const place = createPlace(api.url);
  const env = Object.fromEntries(Object.entries(server.env).map(([name, value]) => [name, fill(value, api.url)]));
  const { DUNETRACE_API_URL: _, ...rest } = place.env;
  const client = await connectTo(
    new StdioClientTransport({
      command: server.command,
      args: server.args.map((arg) => fill(arg, api.url)),
      env: { ...rest, ...env },
      stderr: 'ignore',
    }),
  );
  const { text, isError } = await callTool(client, 'refresh_mirror', {});
  expect(isError, text).toBe(false);
  expect((await callTool(client, 'list_agents', {})).text).toContain('research-agent');
  await client.close();
}

test.runIf(isLong)('the MCPB bundle is what its tool accepts, and runs as its manifest says', async () => {
  const folder = unpacked(packed(`dunetrace-mcp-${version}.mcpb`));
  const manifest = z
    .object({
      version: z.string(),
      icon: z.string(),
      server: z.object({ entry_point: z.string(), mcp_config: serverShape }),
      user_config: z.record(z.string(), z.object({ default: z.string(), sensitive: z.boolean().optional() })),
    })
    .parse(JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')));
  expect(manifest.version).toBe(version);
  for (const file of [manifest.icon, manifest.server.entry_point])
    expect(readFileSync(join(folder, file)).length).toBeGreaterThan(0);
  expect(manifest.user_config).toMatchObject({
    api_url: { default: 'http://localhost:8002' },
    api_key: { sensitive: true },
  });
  await ask(manifest.server.mcp_config, (text, apiUrl) =>
    text
      .replaceAll(`\${__dirname}`, folder)
      .replaceAll(`\${user_config.api_url}`, apiUrl)
      .replaceAll(`\${user_config.api_key}`, 'dt_dev_test'),
  );
});

test.runIf(isLong)(
  'the plugin of Claude Code has the server, the prompts as commands, and a skill that names real tools',
  async () => {
    const folder = unpacked(packed(`dunetrace-mcp-claude-code-${version}.tar.gz`));
    const inside = (name: string) => readFileSync(join(folder, name), 'utf8');
    const plugin = z
      .object({ name: z.string(), version: z.string() })
      .parse(JSON.parse(inside('.claude-plugin/plugin.json')));
    expect(plugin).toEqual({ name: 'dunetrace', version });
    expect(readdirSync(join(folder, 'commands')).sort()).toEqual(prompts.map(({ name }) => `${name}.md`).sort());
    for (const { name, description, arguments: taken } of prompts) {
      const command = inside(`commands/${name}.md`);
      expect(command).toContain(`description: ${JSON.stringify(description)}`);
      expect(command.includes('$ARGUMENTS')).toBe(taken.some(({ required }) => required));
    }
    const skill = inside('skills/debug-an-agent/SKILL.md');
    expect(skill).toMatch(/^---\nname: debug-an-agent\ndescription: .+\n---\n/);
    const named = [...skill.matchAll(/`([a-z]+_[a-z_]+)`/g)].map(([, name]) => name);
    expect(named.length).toBeGreaterThan(10);
    expect(tools.map(({ name }) => name)).toEqual(expect.arrayContaining(named));
    const { mcpServers } = z
      .object({ mcpServers: z.object({ dunetrace: serverShape }) })
      .parse(JSON.parse(inside('.mcp.json')));
    await ask(mcpServers.dunetrace, (text, apiUrl) =>
      text
        .replaceAll(`\${CLAUDE_PLUGIN_ROOT}`, folder)
        .replaceAll(`\${DUNETRACE_API_URL:-}`, apiUrl)
        .replaceAll(`\${DUNETRACE_API_KEY:-}`, ''),
    );
  },
);

test.runIf(isLong)('the extension of the Gemini CLI has the server, and the prompts as commands', async () => {
  const folder = unpacked(packed(`dunetrace-mcp-gemini-${version}.tar.gz`));
  const extension = z
    .object({ version: z.string(), mcpServers: z.object({ dunetrace: serverShape }) })
    .parse(JSON.parse(readFileSync(join(folder, 'gemini-extension.json'), 'utf8')));
  expect(extension.version).toBe(version);
  const commands = join(folder, 'commands', 'dunetrace');
  expect(readdirSync(commands).sort()).toEqual(prompts.map(({ name }) => `${name}.toml`).sort());
  for (const { name } of prompts) {
    const lines = readFileSync(join(commands, `${name}.toml`), 'utf8')
      .trimEnd()
      .split('\n');
    expect(lines.map((line) => line.split(' = ')[0])).toEqual(['description', 'prompt']);
    // TOML's basic strings are JSON's.
    for (const line of lines) expect(JSON.parse(line.slice(line.indexOf(' = ') + 3))).not.toBe('');
  }
  await ask(extension.mcpServers.dunetrace, (text, apiUrl) =>
    text
      .replaceAll(`\${extensionPath}`, folder)
      .replaceAll(`\${/}`, '/')
      .replaceAll('$DUNETRACE_API_URL', apiUrl)
      .replaceAll('$DUNETRACE_API_KEY', ''),
  );
});

test('the registry learns of the bundle with its hash, and of the npm package only once its name is ours', () => {
  const described: unknown = JSON.parse(read('server.json'));
  const kinds = (isPublished: boolean) =>
    z
      .object({
        packages: z.array(
          z.object({ registryType: z.string(), version: z.string(), fileSha256: z.string().optional() }),
        ),
      })
      .parse(serverJson(described, { sha256: 'ab12', isPublished })).packages;
  expect(kinds(false)).toMatchObject([{ registryType: 'mcpb', version, fileSha256: 'ab12' }]);
  expect(kinds(true)).toMatchObject([{ registryType: 'mcpb' }, { registryType: 'npm', version }]);
  if (isLong) expect(readFileSync(packed('server.json'), 'utf8')).toMatch(/"fileSha256": "[\da-f]{64}"/);
});

test('the Dockerfile has no error that a linter finds; the example for compose starts it for this machine alone', () => {
  const problems = validate(read('packaging/docker/Dockerfile')).map(({ message }) => message);
  expect(problems).toEqual([]);
  expect(validate('FRUM node\n')).not.toEqual([]);
  const { services } = z
    .object({
      services: z.object({
        'dunetrace-mcp': z.object({
          build: z.object({ context: z.string(), dockerfile: z.string() }),
          ports: z.array(z.string()),
          environment: z.record(z.string(), z.string()),
          volumes: z.array(z.string()),
        }),
      }),
    })
    .parse(parseYaml(read('packaging/docker/compose.yaml')));
  const service = services['dunetrace-mcp'];
  expect(read(service.build.dockerfile)).toContain('VOLUME /data');
  expect(service).toMatchObject({ ports: ['127.0.0.1:8000:8000'], volumes: ['mirror:/data'] });
  for (const [name, value] of Object.entries(service.environment))
    expect(value).toMatch(new RegExp(`^\\$\\{${name}:\\?`));
});

/** The words of an instruction's JSON form, such as ENTRYPOINT's. */
function words(instruction: string): string[] {
  const line = new RegExp(`^${instruction} (\\[.*\\])$`, 'm').exec(read('packaging/docker/Dockerfile'))?.[1];
  return z.array(z.string()).parse(JSON.parse(line ?? 'null'));
}

test.runIf(isLong)(
  'what the Dockerfile runs installs the program, which is healthy as its health check sees it',
  { timeout: 240_000 },
  async () => {
    const dockerfile = read('packaging/docker/Dockerfile');
    for (const command of ['npm ci', 'npm pack --pack-destination /tmp', 'npm install -g /tmp/dunetrace-mcp-*.tgz'])
      expect(dockerfile).toContain(command);
    const api = await startFakeCustomerApi();
    fillSmallFleet(api.backend, Date.now() / 1000);
    const place = createPlace(api.url, { DUNETRACE_HTTP_TOKEN: 'a-token-of-thirty-two-characters' });
    const run = (command: string, args: readonly string[], cwd: string) => promisify(execFile)(command, args, { cwd });
    const checkout = join(place.folder, 'build');
    mkdirSync(checkout);
    // What .dockerignore leaves of the folder, and the packages that are installed already: npm ci itself runs at the start of CI.
    for (const name of readdirSync(root).filter((one) => !/^(\.git|node_modules|dist.*)$/.test(one)))
      cpSync(join(root, name), join(checkout, name), { recursive: true });
    cpSync(join(root, 'node_modules'), join(checkout, 'node_modules'), { recursive: true, verbatimSymlinks: true });
    const global = join(place.folder, 'global');
    await run('npm', ['pack', '--pack-destination', place.folder], checkout);
    await run(
      'npm',
      ['install', '-g', '--prefix', global, join(place.folder, `dunetrace-mcp-${version}.tgz`)],
      place.folder,
    );
    const [, , program = ''] = words('ENTRYPOINT');
    const port = String(await freePort());
    const args = [...words('CMD'), '--port', port];
    expect(args.slice(0, 2)).toEqual(['serve', '--http']);
    const server = spawn(join(global, 'bin', program), args, { env: place.env, stdio: 'ignore' });
    onTestFinished(() => {
      server.kill('SIGKILL');
    });
    const check = dockerfile.split('\n').find((line) => line.startsWith('HEALTHCHECK')) ?? '';
    const [, ...node] = z.array(z.string()).parse(JSON.parse(check.slice(check.indexOf('['))));
    const healthy = async (): Promise<boolean> => {
      const child = spawn(
        process.execPath,
        node.map((arg) => arg.replace(':8000', `:${port}`)),
      );
      const [code] = await once(child, 'exit');
      return code === 0;
    };
    await expect.poll(healthy).toBe(true);
    server.kill('SIGTERM');
    expect(await once(server, 'exit')).toEqual([0, null]);
    expect(await healthy()).toBe(false);
  },
);

const systemd = (() => {
  try {
    execFileSync('systemd-analyze', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

test.runIf(systemd)('systemd reads the unit without a complaint', async () => {
  const unit = join(root, 'packaging/systemd/dunetrace-mcp.service');
  expect(await promisify(execFile)('systemd-analyze', ['verify', unit])).toEqual({ stdout: '', stderr: '' });
});

/** What GitHub's own parser of workflows says of each text. (It imports JSON in a way that Node refuses, so it is bundled.) */
async function problemsOf(workflows: readonly string[]): Promise<string[][]> {
  const folder = mkdtempSync(join(tmpdir(), 'dunetrace-workflow-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const contents = `
    import { NoOperationTraceWriter, parseWorkflow } from '@actions/workflow-parser';
    const problems = (content) => parseWorkflow({ name: 'one.yml', content }, new NoOperationTraceWriter()).context.errors;
    console.log(JSON.stringify(process.argv.slice(2).map((text) => problems(text).getErrors().map(({ message }) => message))));`;
  const outfile = join(folder, 'parse.cjs');
  await build({ stdin: { contents, resolveDir: root }, bundle: true, platform: 'node', outfile });
  const { stdout } = await promisify(execFile)(process.execPath, [outfile, ...workflows]);
  return z.array(z.array(z.string())).parse(JSON.parse(stdout));
}

test('the release workflow is one that GitHub understands, and runs scripts that exist', async () => {
  const content = read('.github/workflows/release.yml');
  const [problems, ofBroken] = await problemsOf([content, content.replace('runs-on: ubuntu', 'runs-onn: ubuntu')]);
  expect(problems).toEqual([]);
  expect(ofBroken).not.toEqual([]);
  const { scripts } = z.object({ scripts: z.record(z.string(), z.string()) }).parse(JSON.parse(read('package.json')));
  const named = [...content.matchAll(/npm run ([a-z:-]+)/g)].map(([, name]) => name);
  expect(named).toEqual(expect.arrayContaining(['test:short', 'pack:all']));
  for (const name of named) expect(Object.keys(scripts)).toContain(name);
  for (const path of (scripts['test:short'] ?? '').split(' ').slice(2))
    expect(existsSync(join(root, path)), path).toBe(true);
});

test('the forms for issues are ones that GitHub shows', () => {
  for (const name of ['bug', 'idea']) {
    const form = z
      .object({
        name: z.string(),
        description: z.string(),
        body: z.array(
          z.object({
            type: z.enum(['textarea', 'input', 'markdown']),
            id: z.string(),
            attributes: z.object({ label: z.string() }),
          }),
        ),
      })
      .parse(parseYaml(read(`.github/ISSUE_TEMPLATE/${name}.yml`)));
    expect(new Set(form.body.map(({ id }) => id)).size).toBe(form.body.length);
  }
});
