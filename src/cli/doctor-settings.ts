import { type Config, readConfig, readSources } from '../config.ts';
import { nearest } from '../nearest.ts';
import { type Finding, fail, ok, warn } from './finding.ts';
import type { Io } from './io.ts';

/** The oldest Node that this runs on; package.json says the same. */
const oldestNode = [20, 19] as const;

/** Whether Node is new enough, and what it is. */
export function checkNode(version: string): Finding {
  const [major = 0, minor = 0] = version.replace(/^v/, '').split('.').map(Number);
  const isOld = major < oldestNode[0] || (major === oldestNode[0] && minor < oldestNode[1]);
  return isOld
    ? warn('Node', `${version} is too old: install Node ${oldestNode.join('.')} or newer.`)
    : ok('Node', version);
}

/** Every setting and where it comes from; the configuration, if it can be used. */
export function checkSettings({ surroundings }: Io): { config: Config | undefined; findings: Finding[] } {
  try {
    const config = readConfig(surroundings);
    const { settings, unknown } = readSources(surroundings);
    const set = settings.filter(({ isSet }) => isSet).map(({ name, value }) => `${name}=${value}`);
    const known = settings.map(({ name }) => name);
    const defaults = settings.filter(({ isSet }) => !isSet).map(({ name, value }) => `${name}=${value}`);
    const strangers = unknown.map((name) => {
      const [like] = nearest(name, known, 1);
      return warn('Settings', `${name} is no setting and has no effect.${like ? ` Did you mean ${like}?` : ''}`);
    });
    const hasKey = settings.some(({ name, isSet }) => name === 'DUNETRACE_API_KEY' && isSet);
    const key = hasKey
      ? []
      : [warn('Key', 'DUNETRACE_API_KEY is not set: dt_dev_test is used, which only a development backend takes.')];
    return {
      config,
      findings: [
        ok('Settings', `from the environment: ${set.join(', ') || 'none'}`),
        ok('Settings', `defaults: ${defaults.join(', ') || 'none'}`),
        ...strangers,
        ...key,
      ],
    };
  } catch (error) {
    return { config: undefined, findings: [fail('Settings', error)] };
  }
}
