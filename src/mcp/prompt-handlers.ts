import * as z from 'zod';
import { UsageError } from '../errors.ts';
import { quoted } from '../printable.ts';
import type { Prompt } from '../prompts/define-prompt.ts';
import { prompts } from '../prompts/registry.ts';

/** The protocol's params, but with arguments of any type: the prompt itself checks them. */
export const getPromptParams = z.looseObject({ name: z.string(), arguments: z.unknown().optional() });

/** @throws UsageError for a name that no prompt has. */
export function promptNamed(name: string): Prompt {
  const prompt = prompts.find((one) => one.name === name);
  if (prompt) return prompt;
  const names = prompts.map((one) => one.name).join(', ');
  throw new UsageError(`There is no prompt ${quoted(name.slice(0, 200))}. There are: ${names}.`);
}

/** All prompts, as the protocol lists them. */
export const listPrompts = () => ({
  prompts: prompts.map(({ name, title, description, arguments: args }) => ({
    name,
    title,
    description,
    arguments: [...args],
  })),
});

/** A prompt, written out. @throws UsageError for a name or arguments that don't fit. */
export function getPrompt({ name, arguments: args }: z.infer<typeof getPromptParams>) {
  const prompt = promptNamed(name);
  const text = prompt.write(args);
  return {
    description: prompt.description,
    messages: [{ role: 'user' as const, content: { type: 'text' as const, text } }],
  };
}
