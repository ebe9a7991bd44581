import { ApiError } from '../errors.ts';
import { at, type Connection, shown } from './connection.ts';
import { untilText } from './retry-after.ts';

/** An answer with a status other than 200. */
export interface Refusal {
  status: number;
  path: string;
  body: string;
  /** The headers Location, and Retry-After in milliseconds. */
  location: string | string[] | undefined;
  afterMs: number | undefined;
}

function detailOf(body: string): string {
  try {
    const parsed: unknown = JSON.parse(body);
    if (typeof parsed === 'object' && parsed !== null && 'detail' in parsed) {
      return typeof parsed.detail === 'string' ? parsed.detail : JSON.stringify(parsed.detail);
    }
  } catch {
    // Not JSON: the status says enough.
  }
  return '';
}

/** Turns a refusal into an error, with the next step for the user. */
export function errorOf({ status, path, body, location, afterMs }: Refusal, connection: Connection): ApiError {
  const { config, clock } = connection;
  const where = at(connection, path);
  const detail = shown(connection, detailOf(body), 300);
  const said = detail ? `: ${detail}` : '';
  if (status === 401 || status === 403)
    return new ApiError(
      'unauthorized',
      `The Customer API at ${config.apiUrl} refused the key (${status}${said}). Set DUNETRACE_API_KEY to an active key.`,
    );
  if (status === 404) return new ApiError('not_found', `${where} answered 404${said}`);
  if (status === 429)
    return new ApiError(
      'rate_limited',
      `The Customer API at ${config.apiUrl} limits the rate of this key (429${said})${untilText(afterMs, clock.now())}. Wait, or lower DUNETRACE_RPM (now ${config.requestsPerMinute}).`,
    );
  if (status === 408 || status >= 500)
    return new ApiError('server_error', `${where} answered ${status}${said}. Look at the backend's log.`);
  if (status >= 300 && status < 400) {
    const target = typeof location === 'string' && location ? ` to ${shown(connection, location, 300)}` : '';
    return new ApiError('bad_answer', `${where} redirects${target}; set DUNETRACE_API_URL to the API's own address.`);
  }
  return new ApiError('rejected', `${where} answered ${status}${said}`);
}
