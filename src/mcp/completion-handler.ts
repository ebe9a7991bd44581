import * as z from 'zod';
import { isWithoutMirror, UsageError } from '../errors.ts';
import { printable, quoted } from '../printable.ts';
import type { Completer } from '../prompts/define-prompt.ts';
import { templates } from '../resources/templates.ts';
import type { ToolContext } from '../tools/define-tool.ts';
import { promptNamed } from './prompt-handlers.ts';

/** What the protocol can complete: an argument of a prompt, or the variable of a template. */
export const completeParams = z.looseObject({
  ref: z.discriminatedUnion('type', [
    z.looseObject({ type: z.literal('ref/prompt'), name: z.string() }),
    z.looseObject({ type: z.literal('ref/resource'), uri: z.string() }),
  ]),
  argument: z.looseObject({ name: z.string(), value: z.string() }),
  context: z.looseObject({ arguments: z.record(z.string(), z.string()).optional() }).optional(),
});

type Params = z.infer<typeof completeParams>;

/** Completes the typed text from the mirror alone. Without a usable mirror there are no completions. */
export async function complete(params: Params, { ensure }: Pick<ToolContext, 'ensure'>) {
  const completer = completerFor(params);
  const typing = { typed: params.argument.value, others: params.context?.arguments ?? {} };
  try {
    const { values, ...rest } = await completer(typing, () => ensure.reader());
    // A name with terminal control characters is not offered: without them it would be another name.
    return { completion: { values: values.filter((value) => value === printable(value)), ...rest } };
  } catch (error) {
    if (isWithoutMirror(error)) return { completion: { values: [], total: 0, hasMore: false } };
    throw error;
  }
}

/** @throws UsageError for a reference without such an argument; the message names the arguments that exist. */
function completerFor({ ref, argument }: Params): Completer {
  const known = ref.type === 'ref/prompt' ? promptNamed(ref.name).completers : completersOfTemplate(ref.uri);
  const completer = Object.hasOwn(known, argument.name) ? known[argument.name] : undefined;
  if (completer) return completer;
  const asked = quoted(argument.name.slice(0, 200));
  throw new UsageError(`There is no argument ${asked} to complete. There are: ${Object.keys(known).join(', ')}.`);
}

function completersOfTemplate(uri: string): Readonly<Record<string, Completer>> {
  const template = templates.find(({ uriTemplate }) => uriTemplate === uri);
  if (template) return { [template.variable]: async ({ typed }, reader) => template.complete(await reader(), typed) };
  const known = templates.map(({ uriTemplate }) => uriTemplate).join(', ');
  throw new UsageError(`There is no resource template ${quoted(uri.slice(0, 200))}. There are: ${known}.`);
}
