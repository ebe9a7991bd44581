import type { Config } from '../config.ts';
import { ApiError } from '../errors.ts';
import { examineApi } from '../sync/endpoints.ts';
import { span } from '../text/time.ts';
import { type Finding, fail, ok, warn } from './finding.ts';
import type { Io } from './io.ts';

/** Clocks that differ by more make ages and windows wrong. */
const maxSkewSeconds = 30;

function checkClock(skew: number | undefined): Finding[] {
  if (skew === undefined) return [];
  if (Math.abs(skew) <= maxSkewSeconds) return [ok('Clock', "agrees with the server's")];
  const how = skew > 0 ? 'behind' : 'ahead of';
  const said = `This machine's clock is ${span(Math.abs(skew))} ${how} the server's: ages and windows are off by as much. Set it by the network.`;
  return [warn('Clock', said)];
}

/** Whether the API answers and takes the key, what it has, and whether its clock is ours. */
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
