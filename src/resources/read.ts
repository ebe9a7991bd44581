import { UsageError } from '../errors.ts';
import { guides, readGuide } from '../guides/library.ts';
import { schemaOf } from '../queries/schema.ts';
import { wholeSchemaLines } from '../text/schema.ts';
import { resourceText } from '../tools/answer.ts';
import type { ToolContext } from '../tools/define-tool.ts';
import { templates } from './templates.ts';
import { parseUri, UnknownResourceError } from './uris.ts';

export interface ResourceContent {
  uri: string;
  mimeType: string;
  text: string;
}

/**
 * What a URI shows: a guide, or what the tool for its kind answers.
 * @throws UnknownResourceError for a URI that names nothing, in the tool's words where a tool was asked.
 */
export async function readResource(uri: string, context: ToolContext, signal: AbortSignal): Promise<ResourceContent> {
  const address = parseUri(uri);
  if (address.of === 'docs') {
    const all = Object.values(guides);
    const guide = all.find(({ name }) => name === address.name);
    if (guide) return { uri, mimeType: 'text/markdown', text: await readGuide(guide.name) };
    const names = all.map(({ name }) => name).join(', ');
    throw new UnknownResourceError(
      `There is no guide ${JSON.stringify(address.name.slice(0, 200))}. There are: ${names}.`,
    );
  }
  if (address.of === 'schema')
    return { uri, mimeType: 'text/plain', text: wholeSchemaLines(schemaOf(await context.ensure.reader())).join('\n') };
  const template = templates.find(({ of }) => of === address.of);
  if (!template) throw new Error(`no template for ${address.of}`);
  try {
    const { structured } = await template.tool.call({ [template.variable]: address.id }, context, {
      signal,
      onProgress: () => {},
      session: {},
    });
    return { uri, mimeType: 'application/json', text: resourceText(structured) };
  } catch (error) {
    throw error instanceof UsageError ? new UnknownResourceError(error.message) : error;
  }
}
