import { readFile } from 'node:fs/promises';
import { RESOURCE_MIME_TYPE } from '@modelcontextprotocol/ext-apps/server';
import { packageRoot } from '../package-root.ts';
import { type View, views, viewUri } from '../tools/views.ts';

const described: Record<View, { title: string; description: string }> = {
  agent: {
    title: 'Picture of an agent',
    description: 'Health, signals by day and type, failure rates by version, hours of the week.',
  },
  runs: {
    title: 'Timeline of runs',
    description: 'A run by model, tools and retrieval, with its signals; or two runs, and where they part.',
  },
  news: { title: 'Picture of what is new', description: 'New signals, rates that moved, agents new or quiet.' },
};

/** What a host should know of a page. It needs no network and no rights, which is what a host assumes. */
const meta = { ui: { prefersBorder: true } };

/** The pages as resources, for clients that show them. */
export const viewItems = views.map((name) => ({
  uri: viewUri(name),
  name,
  ...described[name],
  mimeType: RESOURCE_MIME_TYPE,
  _meta: meta,
}));

/** A page, from the build. */
export async function readView(name: View) {
  const text = await readFile(new URL(`dist/${name}.html`, packageRoot), 'utf8');
  return { uri: viewUri(name), mimeType: RESOURCE_MIME_TYPE, text, _meta: meta };
}
