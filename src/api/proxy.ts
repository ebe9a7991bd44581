import { BlockList, isIP } from 'node:net';
import type { Config } from '../config.ts';
import { UsageError } from '../errors.ts';
import { isOwnMachine } from '../own-machine.ts';

/** Which proxy the environment sets for the API. Lower-case variables go before upper-case ones, as everywhere. */

export interface ApiProxy {
  uri: string;
  /** Without user and password. */
  shown: string;
  /** The variable that names it. */
  variable: string;
}

export type ProxyEnv = NonNullable<Config['proxyEnv']>;

const protocols = ['http:', 'https:', 'socks5:', 'socks:'];
const usualPorts: Readonly<Record<string, string>> = { 'http:': '80', 'https:': '443' };

/** The first of the variables that is set, even if it is empty. */
function firstSet(env: ProxyEnv, ...names: readonly string[]): { variable: string; text: string } | undefined {
  for (const variable of names) {
    const text = env[variable]?.trim();
    if (text !== undefined) return text === '' ? undefined : { variable, text };
  }
  return undefined;
}

const withoutBrackets = (host: string) => host.replace(/^\[(.*)\]$/, '$1');
const familyOf = (address: string) => (isIP(address) === 6 ? 'ipv6' : 'ipv4');

/** Whether `address` is in the network `entry`, such as 10.0.0.0/8. */
function isInNetwork(address: string, entry: string): boolean {
  const [, base = '', bits = ''] = /^([^/]+)\/(\d{1,3})$/.exec(entry) ?? [];
  const network = withoutBrackets(base);
  if (isIP(address) === 0 || isIP(network) === 0 || Number(bits) > (isIP(network) === 6 ? 128 : 32)) return false;
  const list = new BlockList();
  list.addSubnet(network, Number(bits), familyOf(network));
  return list.check(address, familyOf(address));
}

/**
 * Whether an entry of NO_PROXY matches the host: a name with everything below it, an address, a network, or `*`; each
 * with or without a port.
 */
function isMeant(entry: string, { hostname, port, protocol }: URL): boolean {
  const host = withoutBrackets(hostname).replace(/\.$/, '');
  if (entry === '*' || isInNetwork(host, entry) || isSameAddress(entry, host)) return true;
  const [, named = entry, ownPort] = /^(.+?):(\d{1,5})$/.exec(entry) ?? [];
  if (ownPort !== undefined && ownPort !== (port || usualPorts[protocol])) return false;
  const name = withoutBrackets(named).replace(/^\*?\.|\.$/g, '');
  if (name === '*' || isSameAddress(name, host)) return true;
  return isIP(host) === 0 && (host === name || host.endsWith(`.${name}`));
}

/** IPv6 has many spellings of one address. */
function isSameAddress(entry: string, host: string): boolean {
  const address = withoutBrackets(entry);
  return isIP(address) !== 0 && isInNetwork(host, `${address}/${isIP(address) === 6 ? 128 : 32}`);
}

function parsed(text: string, variable: string): ApiProxy {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url && protocols.includes(url.protocol) && url.hostname !== '')
    return { uri: url.href, shown: `${url.protocol}//${url.host}`, variable };
  // We do not show text that may hold a password.
  const meant = /^[\w.-]+(?::\d+)?$/.test(text) ? `: ${variable}=http://${text}` : ' such as http://proxy:3128';
  throw new UsageError(`The proxy in ${variable} is invalid. Set a URL with its scheme${meant}.`);
}

/**
 * The proxy for the API.
 * @returns undefined where we ask the API directly: on this machine, by NO_PROXY, or without any proxy.
 * @throws UsageError that names the unusable variable.
 */
export function proxyFor(api: URL, env: ProxyEnv): ApiProxy | undefined {
  if (isOwnMachine(api.hostname)) return undefined;
  const past =
    firstSet(env, 'no_proxy', 'NO_PROXY')
      ?.text.toLowerCase()
      .split(/[,\s]+/) ?? [];
  if (past.some((entry) => entry !== '' && isMeant(entry, api))) return undefined;
  const secure = api.protocol === 'https:' ? ['https_proxy', 'HTTPS_PROXY'] : [];
  const found = firstSet(env, ...secure) ?? firstSet(env, 'http_proxy', 'HTTP_PROXY');
  return found && parsed(found.text, found.variable);
}
