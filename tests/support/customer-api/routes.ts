import type { Selection } from '../../../src/sample/lists.ts';
import type { SampleBackend, SignalFilter } from './backend.ts';

/** The answer to one request: an HTTP status and what becomes its JSON body. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

class Refusal extends Error {
  readonly status: number;
  readonly detail: unknown;

  constructor(status: number, detail: unknown) {
    super(`refused with ${status}`);
    this.status = status;
    this.detail = detail;
  }
}

const NOT_FOUND = 'Not Found';
const SEVERITIES = ['CRITICAL', 'HIGH', 'MEDIUM', 'LOW'];
const MAX_LIMIT = 500;

/** Splits the raw path of a request into its decoded segments; undefined when one cannot be decoded. */
export function segmentsOf(rawPath: string): readonly string[] | undefined {
  try {
    return rawPath.split('/').slice(1).map(decodeURIComponent);
  } catch {
    return undefined;
  }
}

/** What the Customer API answers to a GET of a raw (still percent-encoded) path. */
export function answer(backend: SampleBackend, rawPath: string, query: URLSearchParams): Answer {
  const plain = backend.plainLists.get(rawPath);
  if (plain !== undefined) return { status: 200, body: typeof plain === 'function' ? plain(query) : plain };
  try {
    return { status: 200, body: found(backend, segmentsOf(rawPath) ?? [], query) };
  } catch (error) {
    if (error instanceof Refusal) return { status: error.status, body: { detail: error.detail } };
    throw error;
  }
}

function found(backend: SampleBackend, segments: readonly string[], query: URLSearchParams): unknown {
  const [first, kind, id, part] = segments;
  if (first === 'health' && segments.length === 1) return { status: 'ok', version: '0.1.0', db: 'ok' };
  // The real server decodes the whole path before it looks for a route, so an id with a slash never finds one.
  if (first !== 'v1' || segments.includes('') || segments.some((segment) => segment.includes('/'))) {
    throw new Refusal(404, NOT_FOUND);
  }
  if (kind === 'agents' && segments.length === 2) {
    return page('agents', backend.withRawRows('agents', undefined, backend.agents()), query);
  }
  if (segments.length === 2) return ofAll(backend, kind, query);
  if (kind === 'agents' && id !== undefined && segments.length === 4) return ofAgent(backend, id, part, query);
  if (kind === 'runs' && id !== undefined && segments.length === 3) {
    const detail = backend.runDetail(id, { includeShadow: flag(query, 'include_shadow') });
    if (detail === undefined) throw new Refusal(404, `Run '${id}' not found`);
    return detail;
  }
  throw new Refusal(404, NOT_FOUND);
}

/** The lists of all agents at once. */
function ofAll(backend: SampleBackend, list: string | undefined, query: URLSearchParams): unknown {
  const agentId = query.get('agent_id') ?? undefined;
  const perAgentLimit = backend.generation === 3 ? mostOf(query) : undefined;
  if (list === 'signals' && backend.generation > 1) {
    const rows = backend.allSignals({ ...signalFilter(backend, query), agentId, perAgentLimit });
    return page('signals', backend.withRawRows('signals', agentId, rows), query);
  }
  if (list === 'runs' && backend.generation > 2) {
    const rows = backend.allRuns({ ...runFilter(query), agentId, perAgentLimit });
    return page('runs', backend.withRawRows('runs', agentId, rows), query);
  }
  throw new Refusal(404, NOT_FOUND);
}

function ofAgent(backend: SampleBackend, agentId: string, part: string | undefined, query: URLSearchParams): unknown {
  if (part === 'runs') {
    const rows = backend.runs(agentId, runFilter(query));
    return page('runs', backend.withRawRows('runs', agentId, rows), query);
  }
  if (part === 'signals') {
    const rows = backend.signals(agentId, signalFilter(backend, query));
    return page('signals', backend.withRawRows('signals', agentId, rows), query);
  }
  if (part === 'health-score' && backend.generation > 1) return backend.healthScore(agentId);
  throw new Refusal(404, NOT_FOUND);
}

function page(name: string, rows: readonly unknown[], query: URLSearchParams): unknown {
  const offset = integer(query, 'offset', 0, 0, Number.MAX_SAFE_INTEGER);
  const limit = integer(query, 'limit', 50, 1, MAX_LIMIT);
  const total = rows.length;
  return {
    [name]: rows.slice(offset, offset + limit),
    page: { total, offset, limit, has_more: offset + limit < total },
  };
}

const runFilter = (query: URLSearchParams): Selection => ({ hasSignals: flag(query, 'has_signals') });

function signalFilter({ generation }: SampleBackend, query: URLSearchParams): SignalFilter {
  const severity = query.get('severity')?.toUpperCase();
  if (severity !== undefined && !SEVERITIES.includes(severity)) {
    throw new Refusal(422, `'${severity}' is no severity, use one of ${SEVERITIES.join(', ')}`);
  }
  const failureType = query.get('failure_type')?.toUpperCase();
  if (generation === 3 && failureType !== undefined && !/^[A-Z][A-Z0-9_]*$/.test(failureType)) {
    throw new Refusal(422, `'${failureType}' is no failure type`);
  }
  return { severity, failureType, includeShadow: flag(query, 'include_shadow'), explain: flag(query, 'explain') };
}

function invalid(name: string, message: string): Refusal {
  return new Refusal(422, [{ loc: ['query', name], msg: message }]);
}

const mostOf = (query: URLSearchParams): number | undefined =>
  query.has('per_agent_limit') ? integer(query, 'per_agent_limit', 1, 1, Number.MAX_SAFE_INTEGER) : undefined;

function integer(query: URLSearchParams, name: string, usual: number, low: number, high: number): number {
  const text = query.get(name);
  if (text === null) return usual;
  const value = /^-?\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= low && value <= high) return value;
  throw invalid(name, `must be an integer from ${low} to ${high}`);
}

function flag(query: URLSearchParams, name: string): boolean | undefined {
  const text = query.get(name)?.toLowerCase();
  if (text === undefined) return undefined;
  if (['true', '1', 'yes', 'on'].includes(text)) return true;
  if (['false', '0', 'no', 'off'].includes(text)) return false;
  throw invalid(name, 'must be true or false');
}
