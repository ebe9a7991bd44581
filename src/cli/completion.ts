import type { Command } from 'commander';
import { UsageError } from '../errors.ts';

/** What a shell can complete: a command's options, and the values of its argument or of an option. */
interface Completable {
  name: string;
  description: string;
  options: { flag: string; description: string; takesValue: boolean; values: readonly string[] }[];
  values: readonly string[];
}

export const shells = ['bash', 'zsh', 'fish'] as const;

function completables(program: Command): Completable[] {
  return program.commands.map((command) => ({
    name: command.name(),
    description: command.description(),
    options: command.options.map(({ long, short, description, required, argChoices }) => ({
      flag: long ?? short ?? '',
      description,
      takesValue: required,
      values: argChoices ?? [],
    })),
    values: command.registeredArguments[0]?.argChoices ?? [],
  }));
}

const words = (items: readonly string[]) => items.join(' ');
/** Puts text in single quotes for a shell. */
const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;

function bash(commands: readonly Completable[]): string {
  const cases = commands.flatMap(({ name, options, values }) => {
    const after = options.flatMap(({ flag, values: choices }) =>
      choices.length > 0 ? [`      ${name}:${flag}) words=${quoted(words(choices))} ;;`] : [],
    );
    const offered = words([...options.map(({ flag }) => flag), ...values]);
    return [...after, `      ${name}:*) words=${quoted(offered)} ;;`];
  });
  return `_dunetrace_mcp() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" words
  if [ "$COMP_CWORD" -eq 1 ]; then
    words=${quoted(words([...commands.map(({ name }) => name), '--help', '--version']))}
  else
    case "\${COMP_WORDS[1]}:$previous" in
${cases.join('\n')}
      *) words='' ;;
    esac
  fi
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _dunetrace_mcp dunetrace-mcp
`;
}

function zsh(commands: readonly Completable[]): string {
  const described = commands.map(({ name, description }) => quoted(`${name}:${description.replaceAll(':', '\\:')}`));
  const cases = commands.map(({ name, options, values }) => {
    const specs = options.map(({ flag, description, takesValue, values: choices }) => {
      const spec = `${flag}[${description.replaceAll(/[[\]]/g, '\\$&')}]`;
      if (!takesValue) return quoted(spec);
      return quoted(`${spec}:value:${choices.length > 0 ? `(${words(choices)})` : ''}`);
    });
    const argument = values.length > 0 ? [quoted(`1:value:(${words(values)})`)] : [];
    return `    ${name}) _arguments ${words([...specs, ...argument])} ;;`;
  });
  return `#compdef dunetrace-mcp
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
  const each = commands.flatMap(({ name, description, options, values }) => {
    const within = `-n '__fish_seen_subcommand_from ${name}'`;
    return [
      line(`-n __fish_use_subcommand -f -a ${name} -d ${quoted(description)}`),
      ...(values.length > 0 ? [line(within, `-f -a ${quoted(words(values))}`)] : []),
      ...options.map(({ flag, description: what, takesValue, values: choices }) =>
        line(
          within,
          `-l ${flag.replace(/^--/, '')} -d ${quoted(what)}`,
          ...(takesValue ? ['-r'] : []),
          ...(choices.length > 0 ? [`-f -a ${quoted(words(choices))}`] : []),
        ),
      ),
    ];
  });
  return `${each.join('\n')}\n`;
}

/**
 * The script that makes a shell complete the program's commands, options and their values.
 * @throws UsageError for a shell that has no such script.
 */
export function completionScript(shell: string, program: Command): string {
  const commands = completables(program);
  if (shell === 'bash') return bash(commands);
  if (shell === 'zsh') return zsh(commands);
  if (shell === 'fish') return fish(commands);
  throw new UsageError(`There is no completion for "${shell}". There are: ${shells.join(', ')}.`);
}
