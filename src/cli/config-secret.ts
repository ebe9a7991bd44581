import type { McpClient } from '../clients/client.ts';
import type { Scope } from '../clients/places.ts';
import { namesVariables, type Setting, type Way } from '../clients/shape.ts';
import { UsageError } from '../errors.ts';

/** How a client gets the key or the token. */

/** Who sees the entry: the terminal, the user's own file, or all who share the project. */
export type Target = 'shown' | Scope;

export interface Secret {
  setting: Setting | undefined;
  /** What the user has to do, or to know. */
  note: string | undefined;
}

const words = {
  stdio: {
    variable: 'DUNETRACE_API_KEY',
    placeholder: 'YOUR_KEY',
    what: 'your key',
    without: 'so the entry has no key, and the server uses dt_dev_test',
  },
  http: {
    variable: 'DUNETRACE_HTTP_TOKEN',
    placeholder: 'YOUR_TOKEN',
    what: "the server's token",
    without: 'so the entry has no token, and a server that demands one refuses it',
  },
} as const;

/**
 * The key for a server that the client starts, or the token for one that runs. Only a user's own file gets the value
 * itself; elsewhere the entry names the variable, or has a placeholder.
 * @param value what the variable holds here.
 * @throws UsageError where a project's file would have to hold the value.
 */
export function secretFor(client: McpClient, by: Way['by'], target: Target, value: string | undefined): Secret {
  const { variable, placeholder, what, without } = words[by];
  const { title, shape } = client;
  // A server needs no token unless its owner set one; a key is always asked for.
  if (value === undefined && (target === 'user' || by === 'http')) {
    return { setting: undefined, note: `${variable} is not set here, ${without}.` };
  }
  if (target === 'user') return { setting: value === undefined ? undefined : { is: value }, note: undefined };
  const isNamed = namesVariables(shape, by);
  if (isNamed || (target === 'project' && by === 'stdio')) {
    return { setting: { variable }, note: `Export ${variable} where ${title} is started.` };
  }
  if (target === 'project') {
    throw new UsageError(
      `${title} takes no token from the environment, and the file of a project must not hold it: leave out --scope.`,
    );
  }
  return {
    setting: { is: placeholder },
    note: `Replace ${placeholder} with ${what}, or let --write fill in ${variable}.`,
  };
}
