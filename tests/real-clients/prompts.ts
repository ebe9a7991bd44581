import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Installed, said } from './installed.ts';
import { toolsOffered } from './model.ts';

/** Clients that name their tools to nobody but the model. */

/** Cline takes a single word for a command. */
const prompt = 'say hello';

export const askCopilot = (client: Installed) =>
  toolsOffered((url) => {
    const model = { COPILOT_PROVIDER_BASE_URL: url, COPILOT_MODEL: 'any', COPILOT_OFFLINE: 'true' };
    return said(client, ['-p', prompt], model);
  });

export const askCline = (client: Installed) =>
  toolsOffered(async (url) => {
    await said(client, ['auth', '-p', 'openai', '-k', 'none', '-m', 'any', '-b', url]);
    return said(client, [prompt]);
  });

export const askKimi = (client: Installed) =>
  toolsOffered((url) => {
    const folder = join(client.env.HOME ?? '', '.kimi-code');
    const settings = [
      'default_model = "local"',
      `[providers.local]\ntype = "openai"\nbase_url = "${url}"\napi_key = "none"`,
      '[models.local]\nprovider = "local"\nmodel = "any"\nmax_context_size = 100000',
    ];
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'config.toml'), settings.join('\n'));
    return said(client, ['-p', prompt]);
  });
