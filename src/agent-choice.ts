import { UsageError } from './errors.ts';
import { cut, idText } from './printable.ts';

/** Which agents are mirrored. Everything here is pure. */
export interface AgentChoice {
  /** The globs of DUNETRACE_AGENTS, with `, ` between them; empty: all agents. */
  readonly globs: string;
  includes(agentId: string): boolean;
}

export const allAgents: AgentChoice = { globs: '', includes: () => true };

interface Glob {
  excludes: boolean;
  /** Its characters: code points. */
  parts: readonly string[];
}

const sign = /[[\]{}\\]/;

function globOf(given: string): Glob {
  const excludes = given.startsWith('!');
  const text = excludes ? given.slice(1).trim() : given;
  const wrong = sign.exec(text)?.[0];
  if (text === '' || wrong !== undefined) {
    const what = wrong === undefined ? 'nothing after the !' : `${wrong}, which has no meaning there`;
    throw new UsageError(
      `DUNETRACE_AGENTS has ${JSON.stringify(given)}, with ${what}. It takes agent ids with commas between them; in an id, * stands for any characters and ? for one, and a ! before it leaves the agents out, as in prod-*,!prod-test.`,
    );
  }
  return { excludes, parts: [...text] };
}

/** Whether the whole id is what the glob says. It takes no longer than the product of both lengths. */
function matches({ parts }: Glob, characters: readonly string[]): boolean {
  let [at, place] = [0, 0];
  // Where to go on if what follows the last star fits no further: one character later.
  let [star, from] = [-1, 0];
  while (at < characters.length) {
    if (parts[place] === '*') {
      star = place;
      from = at;
      place += 1;
    } else if (place < parts.length && (parts[place] === '?' || parts[place] === characters[at])) {
      at += 1;
      place += 1;
    } else if (star >= 0) {
      from += 1;
      at = from;
      place = star + 1;
    } else return false;
  }
  return parts.slice(place).every((part) => part === '*');
}

/**
 * Reads globs with commas between them: the last one that matches an id decides, as in a .gitignore. Before any does, all
 * agents are mirrored if the first glob excludes, and else none.
 * @throws UsageError that names the glob that is none.
 */
export function readAgentChoice(text: string): AgentChoice {
  const given = text.split(',').flatMap((part) => part.trim() || []);
  const globs = given.map(globOf);
  const [first] = globs;
  if (first === undefined) return allAgents;
  return {
    globs: given.join(', '),
    includes: (agentId) => {
      const characters = [...agentId];
      const decisive = globs.findLast((glob) => matches(glob, characters));
      return decisive === undefined ? first.excludes : !decisive.excludes;
    },
  };
}

/** Why an agent is not mirrored, and the way on. */
export function leftOutSentence({ globs }: Pick<AgentChoice, 'globs'>, agentId: string): string {
  return `Agent "${idText(cut(agentId, 80))}" is not mirrored: DUNETRACE_AGENTS limits the mirror to ${globs}. Add the agent there to mirror it.`;
}
