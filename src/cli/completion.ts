import type { Argument, Command, Option } from 'commander';
import { UsageError } from '../errors.ts';

/** The words that a shell offers: these, the agents of the mirror, or the names of files. */
type Offered = readonly string[] | 'agents' | 'files';

/** What a shell can complete: a command's options, and the values of its first argument or of an option. */
interface Completable {
  name: string;
  description: string;
  options: { flag: string; description: string; takesValue: boolean; values: Offered }[];
  values: Offered;
}

export const shells = ['bash', 'zsh', 'fish'] as const;

/** The command that prints the agents of the mirror. */
export const agentsCommand = '__agents';
const askAgents = `dunetrace-mcp ${agentsCommand} 2>/dev/null`;

function completables(program: Command, tools: readonly string[]): Completable[] {
  /** What stands for a value in the help, such as <file>, says what it is. */
  const offered = (named: string, choices: readonly string[] | undefined): Offered => {
    if (named === 'agent') return 'agents';
    if (named === 'file') return 'files';
    return named === 'tool' ? tools : (choices ?? []);
  };
  const ofOption = ({ flags, argChoices }: Option) => offered(/<(\w+)>/.exec(flags)?.[1] ?? '', argChoices);
  const ofArgument = (argument: Argument | undefined) => offered(argument?.name() ?? '', argument?.argChoices);
  const shown = program.commands.filter((command) => command.name() !== agentsCommand);
  return shown.map((command) => ({
    name: command.name(),
    description: command.description(),
    options: command.options.map((option) => ({
      flag: option.long ?? option.short ?? '',
      description: option.description,
      takesValue: option.required,
      values: ofOption(option),
    })),
    values: ofArgument(command.registeredArguments[0]),
  }));
}

const words = (items: readonly string[]) => items.join(' ');
/** Puts text in single quotes for a shell. */
const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;

function bash(commands: readonly Completable[]): string {
  const offer = (flags: readonly string[], values: Offered) => {
    const known = words([...flags, ...(typeof values === 'string' ? [] : values)]);
    return `words=${quoted(known)}${values === 'agents' ? ' agents=yes' : ''}`;
  };
  const cases = commands.flatMap(({ name, options, values }) => {
    const after = options.flatMap(({ flag, values: choices }) =>
      choices.length > 0 ? [`      ${name}:${flag}) ${offer([], choices)} ;;`] : [],
    );
    const flags = options.map(({ flag }) => flag);
    return [...after, `      ${name}:*) ${offer(flags, values)} ;;`];
  });
  // An id may have spaces and quotes: what is typed of it is compared as the shell would have it typed.
  return `_dunetrace_mcp() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" words='' agents='' id typed
  if [ "$COMP_CWORD" -eq 1 ]; then
    words=${quoted(words([...commands.map(({ name }) => name), '--help', '--version']))}
  else
    case "\${COMP_WORDS[1]}:$previous" in
${cases.join('\n')}
    esac
  fi
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  [ -n "$agents" ] || return
  while IFS= read -r id; do
    printf -v typed %q "$id"
    if [[ "$typed" == "$current"* ]]; then COMPREPLY+=("$typed"); fi
  done < <(${askAgents})
}
complete -o default -F _dunetrace_mcp dunetrace-mcp
`;
}

function zsh(commands: readonly Completable[]): string {
  const described = commands.map(({ name, description }) => quoted(`${name}:${description.replaceAll(':', '\\:')}`));
  const actionOf = (values: Offered) => {
    if (values === 'agents') return '_dunetrace_mcp_agents';
    if (values === 'files') return '_files';
    return values.length > 0 ? `(${words(values)})` : '';
  };
  const cases = commands.map(({ name, options, values }) => {
    const specs = options.map(({ flag, description, takesValue, values: choices }) => {
      const spec = `${flag}[${description.replaceAll(/[[\]]/g, '\\$&')}]`;
      return quoted(takesValue ? `${spec}:value:${actionOf(choices)}` : spec);
    });
    const argument = values.length > 0 ? [quoted(`1:value:${actionOf(values)}`)] : [];
    return `    ${name}) _arguments ${words([...specs, ...argument])} ;;`;
  });
  return `#compdef dunetrace-mcp
_dunetrace_mcp_agents() {
  local -a agents=("\${(@f)$(${askAgents})}")
  compadd -a agents
}
_dunetrace_mcp() {
  if (( CURRENT == 2 )); then
    local -a commands=(${words(described)})
    _describe command commands
    return
  fi
  local name=$words[2]
  shift words
  (( CURRENT-- ))
  case $name in
${cases.join('\n')}
  esac
}
compdef _dunetrace_mcp dunetrace-mcp
`;
}

function fish(commands: readonly Completable[]): string {
  const line = (...parts: string[]) => `complete -c dunetrace-mcp ${words(parts)}`;
  const offer = (values: Offered): string[] => {
    if (values === 'agents') return [`-f -a ${quoted(`(${askAgents})`)}`];
    if (values === 'files') return ['-F'];
    return values.length > 0 ? [`-f -a ${quoted(words(values))}`] : [];
  };
  const each = commands.flatMap(({ name, description, options, values }) => {
    const within = `-n '__fish_seen_subcommand_from ${name}'`;
    return [
      line(`-n __fish_use_subcommand -f -a ${name} -d ${quoted(description)}`),
      ...(values.length > 0 ? [line(within, ...offer(values))] : []),
      ...options.map(({ flag, description: what, takesValue, values: choices }) =>
        line(
          within,
          `-l ${flag.replace(/^--/, '')} -d ${quoted(what)}`,
          ...(takesValue ? ['-r'] : []),
          ...offer(choices),
        ),
      ),
    ];
  });
  return `${each.join('\n')}\n`;
}

/**
 * The script that makes a shell complete the program's commands and options with their values, tools, agents and files.
 * @throws UsageError for a shell that has no such script.
 */
export function completionScript(shell: string, program: Command, tools: readonly string[]): string {
  const commands = completables(program, tools);
  if (shell === 'bash') return bash(commands);
  if (shell === 'zsh') return zsh(commands);
  if (shell === 'fish') return fish(commands);
  throw new UsageError(`There is no completion for "${shell}". There are: ${shells.join(', ')}.`);
}
