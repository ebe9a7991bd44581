import { codeOf, messageOf } from '../errors.ts';
import type { ApiProxy } from './proxy.ts';

/** Explains why a request got no answer: which host did not answer, the cause, and the next step. */

export interface Asked {
  apiUrl: string;
  hostname: string;
  proxy: ApiProxy | undefined;
}

/** Codes for a certificate from no authority that Node knows. Source: OpenSSL, `X509_verify_cert_error_string`. */
const unknownIssuer =
  /^(?:UNABLE_TO_GET_ISSUER_CERT(?:_LOCALLY)?|UNABLE_TO_VERIFY_LEAF_SIGNATURE|SELF_SIGNED_CERT_IN_CHAIN|DEPTH_ZERO_SELF_SIGNED_CERT|CERT_UNTRUSTED|INVALID_CA|CERT_CHAIN_TOO_LONG)$/;
const badCertificate = /^(?:CERT_\w+|ERR_TLS_CERT_\w+|UNABLE_TO_\w+|CRL_\w+|HOSTNAME_MISMATCH)$/;
const noTls = /^(?:EPROTO|ERR_SSL_\w+)$/;

/** Why a request failed, in a word or two: a system's code, or what undici says. */
function reasonOf(error: unknown): string {
  const code = codeOf(error);
  if (code !== undefined && !code.startsWith('UND_ERR')) return code;
  const innermost = (from: unknown): string =>
    from instanceof Error && from.cause !== undefined ? innermost(from.cause) : messageOf(from);
  return code === undefined ? innermost(error) : `${code}: ${innermost(error)}`;
}

/** Whether no connection was made. With a proxy, we connect only to the proxy. */
function isUnconnected(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (codeOf(error) === 'UND_ERR_CONNECT_TIMEOUT') return true;
  if ('syscall' in error && /^(?:connect|getaddrinfo)/.test(String(error.syscall))) return true;
  const parts: readonly unknown[] = error instanceof AggregateError ? error.errors : [];
  return [error.cause, ...parts].some(isUnconnected);
}

/** The status with which a proxy refused to pass the request on. */
function refusalOf(error: unknown): string | undefined {
  return /^Proxy response \((\d+)\)/.exec(messageOf(error))?.[1];
}

function explainProxy(error: unknown, reason: string, { hostname, apiUrl, proxy }: Asked): string | undefined {
  if (!proxy) return undefined;
  const { shown, variable } = proxy;
  if (isUnconnected(error))
    return `The proxy ${shown} can't be reached (${reason}). Is it running, and ${variable} right? Set NO_PROXY=${hostname} to reach the API without it.`;
  const status = refusalOf(error);
  if (status === undefined) return undefined;
  const why =
    status === '407'
      ? `it wants a user and a password: ${variable}=http://user:password@...`
      : `does it know ${hostname}? Set NO_PROXY=${hostname} to reach the API without it`;
  return `The proxy ${shown} of ${variable} can't reach ${apiUrl} (${status}): ${why}.`;
}

/** Why TLS failed, and the next step. */
function explainTls(reason: string): string | undefined {
  if (unknownIssuer.test(reason))
    return "Node does not trust the authority of its certificate: set NODE_EXTRA_CA_CERTS to a PEM file with your organisation's authority before the program starts.";
  if (badCertificate.test(reason))
    return 'Its certificate is invalid, or issued for another name. Does DUNETRACE_API_URL use the name in the certificate? Set NODE_EXTRA_CA_CERTS for an authority of your own.';
  if (noTls.test(reason))
    return 'Does it speak TLS? If not, set DUNETRACE_API_URL to an http: address. Set NODE_EXTRA_CA_CERTS for an authority of your own.';
  return undefined;
}

/** @param late the text that replaces the error's own reason after a timeout. */
export function explainUnreachable(error: unknown, asked: Asked, late: string | undefined): string {
  const reason = late ?? reasonOf(error);
  const byProxy = late === undefined ? explainProxy(error, reason, asked) : undefined;
  if (byProxy !== undefined) return byProxy;
  const { apiUrl, proxy } = asked;
  const through = proxy ? ` through the proxy ${proxy.shown} of ${proxy.variable}` : '';
  const way = explainTls(reason) ?? 'Is the backend running, and DUNETRACE_API_URL right?';
  return `The Customer API at ${apiUrl} can't be reached${through} (${reason}). ${way}`;
}
