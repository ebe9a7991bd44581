import { UsageError } from '../errors.ts';
import { guides, readGuide } from '../guides/library.ts';
import { quoted } from '../printable.ts';
import { schemaOf } from '../queries/schema.ts';
import type { Freshness } from '../sync/freshness.ts';
import { wholeSchemaLines } from '../text/schema.ts';
import { resourceText } from '../tools/answer.ts';
import type { ToolContext } from '../tools/define-tool.ts';
import { noticesObject } from './notices.ts';
import { templates } from './templates.ts';
import { msUntilPoll, programMs } from './ttl.ts';
import { type Address, parseUri, UnknownResourceError } from './uris.ts';
import { readView } from './views.ts';

export interface ResourceContent {
  uri: string;
  mimeType: string;
  text: string;
  _meta?: Record<string, unknown>;
}

/** `freshMs`: how long the content is valid, in milliseconds. */
type Read = ResourceContent & { freshMs: number };

/**
 * The content of a URI: a guide, a page, or the answer of the tool for its kind.
 * @throws UnknownResourceError for a URI that names nothing, with the tool's message where a tool was asked.
 */
export async function readResource(uri: string, context: ToolContext, signal: AbortSignal): Promise<Read> {
  const address = parseUri(uri);
  if (address.of === 'docs') {
    const all = Object.values(guides);
    const guide = all.find(({ name }) => name === address.name);
    if (guide) return { uri, mimeType: 'text/markdown', text: await readGuide(guide.name), freshMs: programMs };
    const names = all.map(({ name }) => name).join(', ');
    throw new UnknownResourceError(`There is no guide ${quoted(address.name.slice(0, 200))}. There are: ${names}.`);
  }
  if (address.of === 'views') return { ...(await readView(address.name)), freshMs: programMs };
  const { ensure, clock } = context;
  if (address.of === 'schema') {
    const text = wholeSchemaLines(schemaOf(await ensure.reader())).join('\n');
    return { uri, mimeType: 'text/plain', text, freshMs: programMs };
  }
  const { shown, freshness } = await showing(address, context, signal);
  const freshMs = msUntilPoll(freshness, clock.now(), ensure.pollMs);
  return { uri, mimeType: 'application/json', text: resourceText(shown), freshMs };
}

type FromMirror = Exclude<Address, { of: 'docs' | 'schema' | 'views' }>;

async function showing(
  address: FromMirror,
  context: ToolContext,
  signal: AbortSignal,
): Promise<{ shown: Record<string, unknown>; freshness: Freshness }> {
  if (address.of === 'notices') {
    const shown = await context.ensure.asItIs(noticesObject);
    return { shown, freshness: shown.freshness };
  }
  const template = templates.find(({ of }) => of === address.of);
  if (!template) throw new Error(`no template for ${address.of}`);
  try {
    const args = { [template.variable]: address.id };
    const call = { signal, onProgress: () => {}, caller: context, showsPictures: false };
    const { structured, freshness } = await template.tool.call(args, context, call);
    return { shown: structured, freshness };
  } catch (error) {
    throw error instanceof UsageError ? new UnknownResourceError(error.message) : error;
  }
}
