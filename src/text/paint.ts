import { styleText } from 'node:util';

type Style = 'green' | 'red' | 'yellow' | 'bold' | 'dim';

export type Paint = (style: Style, text: string) => string;

interface Output {
  isTTY?: boolean;
}

/**
 * Whether to use colour. FORCE_COLOR asks for it (0: forbids it), NO_COLOR forbids it (no-color.org); otherwise a
 * terminal gets it unless it calls itself dumb.
 */
export function wantsColour(env: Readonly<Record<string, string | undefined>>, { isTTY = false }: Output): boolean {
  if (env.FORCE_COLOR !== undefined && env.FORCE_COLOR !== '')
    return env.FORCE_COLOR !== '0' && env.FORCE_COLOR !== 'false';
  if (env.NO_COLOR !== undefined && env.NO_COLOR !== '') return false;
  return isTTY && env.TERM !== 'dumb';
}

/** Styles text for an output, or leaves it unchanged where colour is off. */
export function createPaint(env: Readonly<Record<string, string | undefined>>, output: Output): Paint {
  const isWanted = wantsColour(env, output);
  return (style, text) => (isWanted ? styleText(style, text, { validateStream: false }) : text);
}
