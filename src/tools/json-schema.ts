import * as z from 'zod';

export interface JsonObjectSchema {
  [keyword: string]: unknown;
  type: 'object';
}

type Json = Record<string, unknown>;

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Several types as a choice of schemas: many clients take no list of types. */
const choiceOf = (types: readonly unknown[]): Json => ({ anyOf: types.map((type) => ({ type })) });

function argument(schema: unknown): unknown {
  if (!isObject(schema) || !Array.isArray(schema.type)) return schema;
  const { type, ...rest } = schema;
  return { ...rest, ...choiceOf(type) };
}

/** The type of a field; for a list, also that of its items. */
function outline(schema: unknown): Json {
  if (!isObject(schema)) return {};
  const { type, anyOf, items } = schema;
  if (Array.isArray(anyOf)) return { anyOf: anyOf.map(outline) };
  if (Array.isArray(type)) return choiceOf(type);
  return { ...(type === undefined ? {} : { type }), ...(type === 'array' ? { items: outline(items) } : {}) };
}

/**
 * A tool's input schema, in as few words as it takes: every session's model reads it. It does not say that there are no
 * other arguments, and indeed another one is only noted; an error says which bounds a value must keep.
 */
export function inputJsonSchema(schema: z.ZodObject): JsonObjectSchema {
  const { properties = {}, required } = z.toJSONSchema(schema, {
    io: 'input',
    override: ({ jsonSchema }) => {
      for (const bound of bounds) delete jsonSchema[bound];
    },
  });
  const fields = Object.entries(properties).map(([name, field]) => [name, argument(field)]);
  return { type: 'object', properties: Object.fromEntries(fields), ...(required === undefined ? {} : { required }) };
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
