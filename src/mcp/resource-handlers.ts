import { listResources } from '../resources/list.ts';
import { readResource } from '../resources/read.ts';
import { templates } from '../resources/templates.ts';
import { viewItems } from '../resources/views.ts';
import type { ToolContext } from '../tools/define-tool.ts';

/** Handlers for the protocol's resource methods. server.ts turns their errors into answers. */
export function resourceHandlers(context: ToolContext) {
  return {
    list: async ({ withViews }: { withViews: boolean }) => {
      const { items, freshMs } = await listResources(context);
      return { result: { resources: withViews ? [...viewItems, ...items] : items }, freshMs };
    },
    templates: () => ({
      resourceTemplates: templates.map(({ uriTemplate, of, title, description }) => ({
        uriTemplate,
        name: of,
        title,
        description,
        mimeType: 'application/json',
      })),
    }),
    read: async (uri: string, signal: AbortSignal) => {
      const { freshMs, ...content } = await readResource(uri, context, signal);
      return { result: { contents: [content] }, freshMs };
    },
  };
}
