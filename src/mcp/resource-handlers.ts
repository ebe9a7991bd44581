import { listResources } from '../resources/list.ts';
import { readResource } from '../resources/read.ts';
import type { Subscriptions } from '../resources/subscriptions.ts';
import { templates } from '../resources/templates.ts';
import type { ToolContext } from '../tools/define-tool.ts';

type ByUri = { params: { uri: string } };

/** Resources as the protocol has them. What they throw becomes an answer in server.ts. */
export function resourceHandlers(context: ToolContext, subscriptions: Subscriptions) {
  return {
    list: async () => ({ resources: await listResources(context) }),
    templates: async () => ({
      resourceTemplates: templates.map(({ uriTemplate, of, title, description }) => ({
        uriTemplate,
        name: of,
        title,
        description,
        mimeType: 'application/json',
      })),
    }),
    read: async ({ params }: ByUri, { signal }: { signal: AbortSignal }) => ({
      contents: [await readResource(params.uri, context, signal)],
    }),
    subscribe: async ({ params }: ByUri) => {
      await subscriptions.add(params.uri);
      return {};
    },
    unsubscribe: async ({ params }: ByUri) => {
      subscriptions.remove(params.uri);
      return {};
    },
  };
}
