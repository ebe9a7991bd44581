import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';
import { z } from 'zod';
import { serveOnLoopback } from '../support/loopback.ts';

const request = z.object({
  model: z.string(),
  tools: z.array(z.object({ function: z.object({ name: z.string() }) })).default([]),
});

/**
 * The tools that a client offers to its model, a name a line. A client needs no sign-in where the user brings the model:
 * here one on this machine, in the form of OpenAI's, which says "done" to everything.
 * @param prompt has the client ask the model at this base URL something. @returns what the client said.
 * @throws Error when it asked the model nothing: then it has said nothing of its tools either.
 */
export async function toolsOffered(prompt: (baseUrl: string) => Promise<string>): Promise<string> {
  const names: string[] = [];
  let isAsked = false;
  const server = createServer(async (incoming, outgoing) => {
    const { model, tools } = request.parse(await json(incoming));
    isAsked = true;
    names.push(...tools.map((tool) => tool.function.name));
    const chunk = { id: 'x', object: 'chat.completion.chunk', created: 1, model };
    const usage = { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 };
    const chunks = [
      { ...chunk, choices: [{ index: 0, delta: { role: 'assistant', content: 'done' }, finish_reason: null }] },
      { ...chunk, choices: [{ index: 0, delta: {}, finish_reason: 'stop' }], usage },
    ];
    outgoing.setHeader('content-type', 'text/event-stream');
    outgoing.end([...chunks.map((each) => JSON.stringify(each)), '[DONE]'].map((data) => `data: ${data}\n\n`).join(''));
  });
  const said = await prompt(`${await serveOnLoopback(server)}/v1`);
  if (!isAsked) throw new Error(`The client did not ask its model. It said:\n${said}`);
  return names.join('\n');
}
