import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { z } from 'zod';
import { serveOnLoopback } from './loopback.ts';

const batchShape = z.strictObject({
  api_key: z.literal('dt_test'),
  agent_id: z.string().min(1),
  events: z
    .array(
      z.strictObject({
        event_type: z.string(),
        run_id: z.uuid(),
        agent_id: z.string().min(1),
        agent_version: z.string().min(1),
        step_index: z.int().min(0),
        timestamp: z.number(),
        payload: z.record(z.string(), z.unknown()),
      }),
    )
    .min(1),
});

export type IngestedEvent = z.infer<typeof batchShape>['events'][number];

/** Dunetrace's ingest endpoint, as far as the guides speak to it: it refuses what has not the documented shape. */
export async function startIngestServer(answer: 'takes' | 'refuses' = 'takes') {
  const events: IngestedEvent[] = [];
  const faults: string[] = [];
  const server = createServer(async (request, response) => {
    const body = await text(request);
    const batch = batchShape.safeParse(JSON.parse(body));
    if (request.method !== 'POST' || request.url !== '/v1/ingest') faults.push(`${request.method} ${request.url}`);
    if (!request.headers['content-type']?.startsWith('application/json')) faults.push('not sent as JSON');
    if (batch.success) events.push(...batch.data.events);
    else faults.push(batch.error.message);
    response.writeHead(answer === 'takes' ? 200 : 500, { 'content-type': 'application/json' }).end('{}');
  });
  return { url: `${await serveOnLoopback(server)}/v1/ingest`, events, faults };
}
