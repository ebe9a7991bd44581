import { cut, maxLine, quoted } from '../printable.ts';

/** A call that may follow an answer, with all of its arguments. */
export interface NextCall {
  tool: string;
  arguments: Record<string, unknown>;
}

/** `Next: get_signal_detail(signal_id=495), get_agent_patterns(agent_id="research-agent")`. */
export function nextLine(calls: readonly NextCall[]): string {
  const shown = calls.map(({ tool, arguments: args }) => {
    const given = Object.entries(args).map(
      // A model reads the value back from this line, so it is exact, invisible characters included.
      ([name, value]) => `${name}=${quoted(typeof value === 'string' ? cut(value, maxLine) : value)}`,
    );
    return `${tool}(${given.join(', ')})`;
  });
  return `Next: ${shown.join(', ')}`;
}
