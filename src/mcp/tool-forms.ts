import type { CallToolResult, Tool as ListedTool } from '@modelcontextprotocol/server';
import type { Answer } from '../tools/answer.ts';
import type { Tool } from '../tools/define-tool.ts';
import { viewUri } from '../tools/views.ts';
import type { AnswerForm } from './answer-forms.ts';

/** How tools and answers look to a client. */
export interface Manner {
  form: AnswerForm;
  /** Whether it shows the pictures of tools, and gets what they are drawn of. */
  drawn: boolean;
}

/** A tool as clients list it. Output is described only where a program reads structured content. */
export function listedTool(
  { name, title, description, inputSchema, outputSchema, isLive, view }: Tool,
  { form, drawn }: Manner,
): ListedTool {
  return {
    name,
    title,
    description,
    inputSchema,
    ...(form === 'text' ? {} : { outputSchema }),
    // Answers come from the mirror; only a refresh contacts an outside system, as any tool does unless it says otherwise.
    // What only reads needs no word on whether it destroys, or may be repeated.
    annotations: { readOnlyHint: true, ...(isLive ? {} : { openWorldHint: false }) },
    ...(drawn && view !== undefined ? { _meta: { ui: { resourceUri: viewUri(view) } } } : {}),
  };
}

/** The protocol wants text beside structured content. Whoever sees it alone has to learn why. */
const pointer = 'The answer is in structuredContent, as DUNETRACE_ANSWERS=structured wants it.';

export function sentAnswer(
  { text, structured }: Pick<Answer, 'text' | 'structured'>,
  { view }: Pick<Tool, 'view'>,
  { form, drawn }: Manner,
): CallToolResult {
  const isRead = form !== 'text' || (drawn && view !== undefined);
  return {
    content: [{ type: 'text', text: form === 'structured' ? pointer : text }],
    ...(isRead ? { structuredContent: structured } : {}),
  };
}
