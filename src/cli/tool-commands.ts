import type { Command } from 'commander';
import type { Run } from './io.ts';

/** The tools as commands: `call`, which calls any of them, and short forms of those that people ask most. */

interface JsonOption {
  json?: boolean;
}

interface ShortForm {
  /** The command with its arguments, as commander reads them. */
  usage: string;
  description: string;
  /** The call that its arguments come to. */
  call(words: readonly string[]): { tool: string; args: Record<string, string> };
}

const shortForms: readonly ShortForm[] = [
  { usage: 'agents', description: 'all agents, with counts', call: () => ({ tool: 'list_agents', args: {} }) },
  {
    usage: 'signals [agent]',
    description: 'the newest signals, of all agents or one',
    call: ([agent]) =>
      agent === undefined
        ? { tool: 'search_signals', args: {} }
        : { tool: 'get_agent_signals', args: { agent_id: agent } },
  },
  {
    usage: 'run <id>',
    description: "one run: its signals and its timeline; an id's first 8 characters will do",
    call: ([id = '']) => ({ tool: 'get_run_detail', args: { run_id: id } }),
  },
  {
    usage: 'whatsnew [since]',
    description: 'what changed in the last 24 hours, or since a date, or 7d',
    call: ([since]) => ({ tool: 'get_whats_new', args: since === undefined ? {} : { since } }),
  },
  {
    usage: 'patterns <agent>',
    description: 'whether the failures of an agent are systemic, and what triggers them',
    call: ([agent = '']) => ({ tool: 'get_agent_patterns', args: { agent_id: agent } }),
  },
  {
    usage: 'search <words...>',
    description: 'the signals whose texts have all of these words',
    call: (words) => ({ tool: 'search_signals', args: { query: words.join(' ') } }),
  },
];

const asJson = ['--json', "print the answer's structured content as one JSON object"] as const;

export function addToolCommands(program: Command, run: Run): void {
  program
    .command('call')
    .description('call any tool of the server; without one, list them')
    .argument('[tool]', 'its name')
    .argument('[arguments]', 'one JSON object; "-" reads it from stdin')
    .option(...asJson)
    .action(async (tool: string | undefined, args: string | undefined, options: JsonOption) => {
      const { call, listTools, readArguments } = await import('./call.ts');
      if (tool === undefined) listTools(run.io);
      else run.code = await call(run.io, { tool, args: await readArguments(args, run.io.stdin) }, options);
    });
  for (const { usage, description, call: callOf } of shortForms) {
    const short = program
      .command(usage)
      .description(description)
      .option(...asJson);
    short.action(async () => {
      const { call } = await import('./call.ts');
      run.code = await call(run.io, callOf(short.args), short.opts<JsonOption>());
    });
  }
}
