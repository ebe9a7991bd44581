import * as z from 'zod';

export interface JsonObjectSchema {
  [keyword: string]: unknown;
  type: 'object';
}

type Json = Record<string, unknown>;

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** `{anyOf: [{type: x}, {type: 'null'}]}` -> `{type: [x, 'null']}`. */
function typeOf({ type, anyOf }: Json): unknown {
  return Array.isArray(anyOf) ? anyOf.map((one) => (isObject(one) ? one.type : undefined)) : type;
}

/** The type of a field; for a list, also the type of its items, unless they are objects. */
function outline(schema: unknown): Json {
  if (!isObject(schema)) return {};
  const type = { type: typeOf(schema) };
  const items = isObject(schema.items) ? outline(schema.items) : {};
  return items.type === undefined || items.type === 'object' ? type : { ...type, items };
}

/** A tool's input schema, strict. (An error says which bounds a value must keep.) */
export function inputJsonSchema(schema: z.ZodObject): JsonObjectSchema {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, {
    io: 'input',
    override: ({ jsonSchema }) => {
      for (const bound of bounds) delete jsonSchema[bound];
    },
  });
  return { ...rest, type: 'object' };
}

const bounds = ['minimum', 'maximum', 'exclusiveMinimum', 'maxLength', 'pattern'] as const;

/**
 * A tool's output schema: its fields with their types, flat. Every session's model reads all of it, so it holds no
 * more; an answer's own field names explain the rest. Fields may be added.
 */
export function outputJsonSchema(schema: z.ZodObject): JsonObjectSchema {
  const { properties = {} } = z.toJSONSchema(schema, { io: 'output' });
  const fields = Object.entries(properties).map(([name, field]) => [name, outline(field)]);
  return { type: 'object', properties: Object.fromEntries(fields), required: ['freshness'] };
}
