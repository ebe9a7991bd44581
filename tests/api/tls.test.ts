import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, onTestFinished, test } from 'vitest';
import { explainUnreachable } from '../../src/api/unreachable.ts';
import { apiError, clientFor, closeAll, listen, steppingClock } from './harness.ts';

afterEach(closeAll);

const openssl = ['/usr/bin/openssl', '/usr/local/bin/openssl', '/opt/homebrew/bin/openssl'].find(existsSync);

/** A key, and a certificate that vouches for itself. */
function makeCertificate(program: string) {
  const folder = mkdtempSync(join(tmpdir(), 'dunetrace-tls-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  execFileSync(program, ['req', ...kind, '-subj', '/CN=localhost', '-keyout', key, '-out', cert], { stdio: 'ignore' });
  return { key: readFileSync(key), cert: readFileSync(cert) };
}

describe.skipIf(!openssl)(`a certificate${openssl ? '' : ' (skipped: openssl is not installed)'}`, () => {
  test('that nobody vouches for leads to NODE_EXTRA_CA_CERTS', async () => {
    const server = createServer(makeCertificate(openssl ?? ''), (_, res) => res.end('{}'));
    const url = `https://localhost:${await listen(server, 'localhost')}`;
    const error = await apiError(clientFor(url, steppingClock()).get('/a', {}));
    expect(error.kind).toBe('unreachable');
    expect(error.message).toBe(
      `The Customer API at ${url} can't be reached (DEPTH_ZERO_SELF_SIGNED_CERT). Node does not trust the authority of its certificate: set NODE_EXTRA_CA_CERTS to a PEM file with your organisation's authority before the program starts.`,
    );
  });
});

test.each([
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'Node does not trust the authority'],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'Node does not trust the authority'],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'Node does not trust the authority'],
  ['CERT_HAS_EXPIRED', 'Its certificate is invalid'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'or issued for another name'],
  ['ERR_SSL_WRONG_VERSION_NUMBER', 'Does it speak TLS?'],
  ['EPROTO', 'Does it speak TLS?'],
])('%s names its cause, and the variable', (code, said) => {
  const error = new TypeError('failed', { cause: Object.assign(new Error('words'), { code }) });
  const asked = { apiUrl: 'https://api.test', hostname: 'api.test', proxy: undefined };
  const message = explainUnreachable(error, asked, undefined);
  expect(message).toContain(`can't be reached (${code}). `);
  expect(message).toContain(said);
  expect(message).toContain('NODE_EXTRA_CA_CERTS');
});
