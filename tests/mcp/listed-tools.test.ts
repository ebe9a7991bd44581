import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { listedTool } from '../../src/mcp/tool-forms.ts';
import { tools } from '../../src/tools/registry.ts';
import { clientKinds, connectAs } from '../support/client-eras.ts';
import { createPlace } from '../support/program.ts';

/** What a model reads before it asks anything: the instructions and the list of tools. It pays for them in each session. */

const tokens = (value: unknown) => JSON.stringify(value).length / 4;
const named = z.array(z.looseObject({ name: z.string() }));

/** A server that has not seen yet what its API lacks lists every tool. */
const connectFirst = () => connectAs(clientKinds[0], createPlace('http://127.0.0.1:9'), 'claude-code');

test('all tools cost a model no more than 4,400 tokens, and none more than 320', async () => {
  const { tools: listed } = await (await connectFirst()).listTools();
  expect(listed).toHaveLength(30);
  const costs = named.parse(listed).map((tool) => ({ name: tool.name, cost: Math.ceil(tokens(tool)) }));
  expect(tokens({ tools: listed }), JSON.stringify(costs)).toBeLessThanOrEqual(4400);
  expect(costs.filter(({ cost }) => cost > 320)).toEqual([]);
  // What the protocol takes for granted is not said.
  expect(JSON.stringify(listed)).not.toMatch(
    /outputSchema|additionalProperties|idempotentHint|destructiveHint|\$schema/,
  );
});

test('the instructions are one line, which begins with what this is and where to begin', async () => {
  const instructions = (await connectFirst()).getInstructions() ?? '';
  expect(instructions).not.toMatch(/[\r\n\u2028\u2029]/);
  expect(instructions).toMatch(/^Dunetrace watches AI agents in production\b[^.]*\. Start with list_agents\b/);
  expect(instructions.length).toBeLessThan(500);
});

test('list_agents begins with what it lists: a client may have agents of its own', () => {
  const [first] = tools;
  expect(first?.name).toBe('list_agents');
  expect(first?.description).toMatch(
    /^AI agents \(bots\) running in production that Dunetrace monitors, not the client's own subagents\b/,
  );
});

const schemaShape = z.looseObject({
  type: z.unknown().optional(),
  properties: z.record(z.string(), z.unknown()).default({}),
  items: z.unknown().optional(),
  anyOf: z.array(z.unknown()).default([]),
});

/** A schema and those within it. */
function schemasIn(value: unknown): z.infer<typeof schemaShape>[] {
  const schema = schemaShape.parse(value);
  const inner = [...Object.values(schema.properties), ...schema.anyOf, ...[schema.items ?? []].flat()];
  return [schema, ...inner.flatMap(schemasIn)];
}

describe.each(tools.map((tool) => [tool.name, tool] as const))('%s', (_, tool) => {
  const { inputSchema, outputSchema, annotations } = listedTool(tool, { form: 'both', drawn: false });
  const schemas = [inputSchema, outputSchema].flatMap(schemasIn);

  test('has schemas that every client takes: no lists of types, and lists say what is in them', () => {
    for (const { type, anyOf, items } of schemas) {
      if (type === undefined) expect(anyOf.length).toBeGreaterThan(1);
      else expect(type).toBeTypeOf('string');
      if (type === 'array') expect(items).toBeDefined();
    }
    expect(JSON.stringify(schemas)).not.toContain('$ref');
  });

  test('says that it only reads, and whether it asks the API', () => {
    const asks = tool.name === 'refresh_mirror';
    expect(annotations).toEqual({ readOnlyHint: true, ...(asks ? {} : { openWorldHint: false }) });
  });
});
