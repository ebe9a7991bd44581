import { z } from 'zod';

const describedShape = z.looseObject({
  packages: z.tuple([
    z.looseObject({ version: z.string(), transport: z.unknown(), environmentVariables: z.array(z.unknown()) }),
  ]),
});

/**
 * What the registry of MCP servers is told: server.json with the hash of the bundle (hex SHA-256, which installers
 * check), and with the npm package once its name is ours.
 */
export function serverJson(described: unknown, about: { sha256: string; isPublished: boolean }) {
  const server = describedShape.parse(described);
  const [bundle] = server.packages;
  const { version, transport, environmentVariables } = bundle;
  const npm = { registryType: 'npm', identifier: 'dunetrace-mcp', version, transport, environmentVariables };
  return { ...server, packages: [{ ...bundle, fileSha256: about.sha256 }, ...(about.isPublished ? [npm] : [])] };
}
