import type { CallToolResult, Tool as ListedTool } from '@modelcontextprotocol/server';
import type { Answer } from '../tools/answer.ts';
import type { Tool } from '../tools/define-tool.ts';
import type { AnswerForm } from './answer-forms.ts';

/** How tools and answers look in each form. */

/** A tool as clients list it. Output is described only where structured content is sent. */
export function listedTool(
  { name, title, description, inputSchema, outputSchema, isLive }: Tool,
  form: AnswerForm,
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
  };
}

/** The protocol wants text beside structured content. Whoever sees it alone has to learn why. */
const pointer = 'The answer is in structuredContent, as DUNETRACE_ANSWERS=structured wants it.';

export function sentAnswer(
  { text, structured }: Pick<Answer, 'text' | 'structured'>,
  form: AnswerForm,
): CallToolResult {
  return {
    content: [{ type: 'text', text: form === 'structured' ? pointer : text }],
    ...(form === 'text' ? {} : { structuredContent: structured }),
  };
}
