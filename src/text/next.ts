import { cut, maxLine, quoted } from '../printable.ts';

/** A call that may follow an answer, with complete arguments. */
export interface NextCall {
  tool: string;
  arguments: Record<string, unknown>;
}

/** `Next: get_signal_detail(signal_id=495), get_agent_patterns(agent_id="research-agent")`. */
export function nextLine(calls: readonly NextCall[]): string {
  const shown = calls.map(({ tool, arguments: args }) => {
    const given = Object.entries(args).map(
      // What a model reads back from there is the value itself, with whatever can't be seen in it.
      ([name, value]) => `${name}=${quoted(typeof value === 'string' ? cut(value, maxLine) : value)}`,
    );
    return `${tool}(${given.join(', ')})`;
  });
  return `Next: ${shown.join(', ')}`;
}
