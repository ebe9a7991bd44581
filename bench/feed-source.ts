import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { FeedOptions } from './feed-api.ts';
import { benchKey } from './world.ts';

const script = fileURLToPath(new URL('./feed-api.js', import.meta.url));

/** A running feed-api.ts. */
export interface FeedApi {
  url: string;
  /** How many requests it has answered so far. */
  served(): Promise<number>;
  close(): Promise<void>;
}

export async function startFeedApi(options: FeedOptions): Promise<FeedApi> {
  const child = spawn(process.execPath, [script, JSON.stringify(options)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  const [url] = await Promise.race([
    once(createInterface(child.stdout), 'line'),
    exited.then(([code]) => Promise.reject(new Error(`The API of the bench ended with ${code}.`))),
  ]);
  return {
    url: String(url),
    served: async () => Number(await (await fetch(`${url}/served`)).text()),
    close: async () => {
      child.stdin.end();
      await exited;
    },
  };
}

/** The environment of a program that mirrors an API of the bench into `file`; nothing but the lists is asked for. */
export function feedEnv({ url }: FeedApi, file: string): Record<string, string> {
  return {
    PATH: process.env.PATH ?? '',
    HOME: '/nonexistent',
    DUNETRACE_API_URL: url,
    DUNETRACE_API_KEY: benchKey,
    DUNETRACE_DB: file,
    DUNETRACE_EVENTS_DAYS: '0',
    // The API of the bench limits nobody.
    DUNETRACE_RPM: '100000',
  };
}
