import type { Config } from '../config.ts';
import { clockSentence } from '../db/server-time.ts';
import { ApiError } from '../errors.ts';
import { type Endpoints, examineApi } from '../sync/endpoints.ts';
import { span } from '../text/time.ts';
import { type Finding, fail, ok, warn } from './finding.ts';
import type { Io } from './io.ts';

/** The doctor reports clocks that differ by more. */
const maxSkewSeconds = 30;

function checkClock(skew: Endpoints['clockSkew']): Finding[] {
  if (skew === undefined) return [];
  if ('unknown' in skew) return [warn('Clock', clockSentence(skew.unknown))];
  if (Math.abs(skew.seconds) <= maxSkewSeconds) return [ok('Clock', "agrees with the server's")];
  const how = skew.seconds > 0 ? 'behind' : 'ahead of';
  const said = `This machine's clock is ${span(Math.abs(skew.seconds))} ${how} the server's. Windows and ages use the server's; synchronize this one.`;
  return [warn('Clock', said)];
}

/** Checks whether the API answers and accepts the key, what data it has, and whether its clock agrees with ours. */
export async function checkApi(config: Config, io: Io): Promise<Finding[]> {
  try {
    const { generation, version, found, missing, clockSkew } = await examineApi(config, io);
    const kind = generation === undefined ? 'it has no agents yet' : `generation ${generation}`;
    const named = version === undefined ? '' : `, version ${version}`;
    const lacks = missing.length > 0 ? `; without ${missing.join(', ')}` : '';
    return [
      ok('API', `${config.apiUrl} answers and takes the key (${kind}${named})`),
      ok('Endpoints', `${found.join(', ')}${lacks}`),
      ...checkClock(clockSkew),
    ];
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return [fail('API', error)];
  }
}
