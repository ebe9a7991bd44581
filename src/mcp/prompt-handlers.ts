import * as z from 'zod';
import { UsageError } from '../errors.ts';
import { late } from '../late.ts';
import type { Prompt } from '../prompts/define-prompt.ts';
import { prompts } from '../prompts/registry.ts';

/** As the SDK's, but for arguments of any type: the prompt itself says which it takes. */
export const getPromptRequest = late(() =>
  z.object({
    method: z.literal('prompts/get'),
    params: z.looseObject({ name: z.string(), arguments: z.unknown().optional() }),
  }),
);

/** @throws UsageError for a name that no prompt has. */
export function promptNamed(name: string): Prompt {
  const prompt = prompts.find((one) => one.name === name);
  if (prompt) return prompt;
  const names = prompts.map((one) => one.name).join(', ');
  throw new UsageError(`There is no prompt ${JSON.stringify(name.slice(0, 200))}. There are: ${names}.`);
}

/** Prompts as the protocol has them. What they throw becomes an answer in server.ts. */
export const promptHandlers = {
  list: async () => ({
    prompts: prompts.map(({ name, title, description, arguments: args }) => ({
      name,
      title,
      description,
      arguments: [...args],
    })),
  }),
  get: async ({ params }: z.infer<ReturnType<typeof getPromptRequest>>) => {
    const prompt = promptNamed(params.name);
    const text = prompt.write(params.arguments);
    return {
      description: prompt.description,
      messages: [{ role: 'user' as const, content: { type: 'text' as const, text } }],
    };
  },
};
