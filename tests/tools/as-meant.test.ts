import fc from 'fast-check';
import { expect, test } from 'vitest';
import * as z from 'zod';
import { agentIdArgument, hoursArgument, limitArgument, severityArgument, text } from '../../src/tools/arguments.ts';
import { asMeant } from '../../src/tools/as-meant.ts';

const input = z.strictObject({
  agent_id: agentIdArgument,
  limit: limitArgument(20, 100),
  since_hours: hoursArgument('Hours'),
  severity: severityArgument,
  has_signals: z.boolean().optional(),
  agent_version: text().optional(),
});

const read = (given: Record<string, unknown>) => input.safeParse(asMeant({ agent_id: 'a', ...given }, input).arguments);

test.each([
  [{ limit: '10' }, { limit: 10 }],
  [{ limit: ' +10 ' }, { limit: 10 }],
  [{ limit: '10.0' }, { limit: 10 }],
  [{ limit: '-5' }, { limit: -5 }],
  [{ limit: '' }, { limit: 20 }],
  [{ limit: null }, { limit: 20 }],
  [{ since_hours: '1.5' }, { since_hours: 1.5 }],
  [{ since_hours: '24' }, { since_hours: 24 }],
  [{ has_signals: 'true' }, { has_signals: true }],
  [{ has_signals: 'False' }, { has_signals: false }],
  [{ agent_id: 42 }, { agent_id: '42' }],
  [{ agent_id: '42' }, { agent_id: '42' }],
  [{ agent_id: 'true' }, { agent_id: 'true' }],
  [{ agent_version: 1.2 }, { agent_version: '1.2' }],
  [{ severity: '' }, {}],
  [{ severity: '  ' }, {}],
  [{ severity: 'high' }, { severity: 'HIGH' }],
  [{ agent_version: '' }, {}],
])('%j is taken for %j', (given, meant) => {
  expect(read(given).data).toEqual({ agent_id: 'a', limit: 20, ...meant });
});

test.each([
  [{ agent_id: '' }, 'is empty'],
  [{ agent_id: null }, 'takes a text'],
  [{ agent_id: true }, 'takes a text'],
  [{ agent_id: 1e300 }, 'takes a text'],
  [{ limit: 'ten' }, 'takes a whole number, such as 20'],
  [{ limit: '1.5' }, 'takes a whole number, such as 20'],
  [{ limit: '0x10' }, 'takes a whole number, such as 20'],
  [{ limit: 'Infinity' }, 'takes a whole number, such as 20'],
  [{ limit: true }, 'takes a whole number, such as 20'],
  [{ since_hours: '0' }, 'takes a number of hours, such as 24'],
  [{ has_signals: 'yes' }, 'Invalid input: expected boolean, received string'],
  [{ severity: 3 }, 'Invalid input: expected string, received number'],
])('%j is refused', (given, said) => {
  const { error } = read(given);
  expect(error?.issues.map(({ message }) => message)).toEqual([said]);
});

test('what a tool takes as it is stays as it is', () => {
  fc.assert(
    fc.property(
      fc.record({ agent_id: fc.string({ minLength: 1 }), limit: fc.integer(), has_signals: fc.boolean() }),
      (given) => {
        fc.pre(given.agent_id.trim() !== '');
        expect(asMeant(given, input)).toEqual({ arguments: given, ignored: [] });
      },
    ),
  );
});

test('whatever a client sends, it is read or left as it is', () => {
  fc.assert(fc.property(fc.anything(), (given) => void asMeant(given, input)));
  expect(asMeant('text', input)).toEqual({ arguments: 'text', ignored: [] });
});

test('a name of no argument is ignored, and told of, unless it may be meant for one that there is', () => {
  expect(asMeant({ random_string: 'x', page: 2, note: null, dummy: '' }, input)).toEqual({
    arguments: {},
    ignored: ['random_string', 'page'],
  });
  for (const name of ['agentid', 'agent', 'Severty', 'since', 'version', 'signals'])
    expect(asMeant({ [name]: 'x' }, input), name).toEqual({ arguments: { [name]: 'x' }, ignored: [] });
  expect(asMeant(JSON.parse('{"__proto__": 1}'), input).ignored).toEqual(['__proto__']);
});
