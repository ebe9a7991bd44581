import { type Config, plainKeyWarning, readConfig, readSources } from '../config.ts';
import { demandLogFile } from '../log.ts';
import { nearest } from '../nearest.ts';
import { type Finding, fail, ok, warn } from './finding.ts';
import type { Io } from './io.ts';

/** The Node version. src/main.ts has already rejected one that is too old. */
export const checkNode = (version: string): Finding => ok('Node', version);

/** Every setting and where it comes from, and the configuration if it is valid. */
export function checkSettings({ surroundings }: Io): { config: Config | undefined; findings: Finding[] } {
  try {
    const config = readConfig(surroundings);
    const { settings, unknown } = readSources(surroundings);
    const set = settings.filter(({ isSet }) => isSet).map(({ name, value }) => `${name}=${value}`);
    const known = settings.map(({ name }) => name);
    const defaults = settings.filter(({ isSet }) => !isSet).map(({ name, value }) => `${name}=${value}`);
    const strangers = unknown.map((name) => {
      const [like] = nearest(name, known, 1);
      return warn('Settings', `${name} is not a setting and has no effect.${like ? ` Did you mean ${like}?` : ''}`);
    });
    return {
      config,
      findings: [
        ok('Settings', `from the environment: ${set.join(', ') || 'none'}`),
        ok('Settings', `defaults: ${defaults.join(', ') || 'none'}`),
        ...strangers,
      ],
    };
  } catch (error) {
    return { config: undefined, findings: [fail('Settings', error)] };
  }
}

/** The file that DUNETRACE_LOG names: without it no command begins its work. */
export function checkLog({ log }: Pick<Config, 'log'>): Finding[] {
  if (typeof log === 'string') return [];
  try {
    demandLogFile(log.file);
    return [ok('Log', `${log.file} can be written`)];
  } catch (error) {
    return [fail('Log', error)];
  }
}

/** The key's setting. `isTaken`: the API answers and takes the key, which a backend takes by default only in development. */
export function checkKey({ surroundings }: Pick<Io, 'surroundings'>, config: Config, isTaken: boolean): Finding[] {
  const plain = plainKeyWarning(config);
  const exposed = plain === undefined ? [] : [warn('Key', plain)];
  if (surroundings.env.DUNETRACE_API_KEY?.trim()) return exposed;
  const unset = isTaken
    ? ok('Key', 'a development backend: it takes the default key, dt_dev_test')
    : warn('Key', 'DUNETRACE_API_KEY is not set. Only a development backend accepts the default, dt_dev_test.');
  return [unset, ...exposed];
}
