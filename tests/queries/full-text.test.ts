import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseTerms } from '../../src/queries/full-text.ts';
import { countSignals, findSignals } from '../../src/queries/signals.ts';
import { setUpPasses } from '../support/passes.ts';

test.each([
  ['', []],
  ['  tool  loop ', ['"tool"', '"loop"']],
  ['"tool loop" cost', ['"tool loop"', '"cost"']],
  ['web* "cost sp"*', ['"web"*', '"cost sp"*']],
  ['TOOL_LOOP', ['"TOOL_LOOP"']],
  ['a OR (b) NEAR', ['"a"', '"OR"', '"(b)"', '"NEAR"']],
  ['"unclosed phrase', ['"unclosed"', '"phrase"']],
  ['× ** -- 🙂 ""', []],
  ['nul\u0000byte', ['"nul"', '"byte"']],
])('%j is %j', (query, terms) => expect(parseTerms(query)).toEqual(terms));

async function searched() {
  const { pass, backend, add, temp } = await setUpPasses();
  add(1, 'research agent', [
    {
      failureType: 'TOOL_LOOP',
      severity: 'HIGH',
      stepIndex: 1,
      title: 'Calls `web_search` again and again',
      what: 'The Straße was too long.',
      evidence: { tool: 'web_search', args_hashes: ['ffa8f58f', 'ffa8f58f'] },
    },
  ]);
  add(1, 'billing', [
    {
      failureType: 'COST_SPIKE',
      severity: 'LOW',
      stepIndex: 1,
      title: 'Cost rose 5×',
      what: 'Spent a lot on search.',
      evidence: { usd: 12 },
    },
  ]);
  await pass();
  const found = (query: string) =>
    findSignals(temp.mirror, { terms: parseTerms(query) }, { limit: 10 }).items.map(({ agentId }) => agentId);
  return { found, temp, backend, pass, add };
}

test('words are found in title, explanation, failure type, agent and evidence; all of them must be', async () => {
  const { found } = await searched();
  expect(found('search')).toEqual(['billing', 'research agent']);
  expect(found('web_search')).toEqual(['research agent']);
  expect(found('WEB search strasse')).toEqual([]);
  expect(found('WEB search straße')).toEqual(['research agent']);
  expect(found('loop')).toEqual(['research agent']);
  expect(found('cost_spike')).toEqual(['billing']);
  expect(found('ffa8f58f')).toEqual(['research agent']);
  expect(found('billing lot')).toEqual(['billing']);
  expect(found('billing web')).toEqual([]);
});

test('a phrase is its words in this order, a prefix any word that begins so', async () => {
  const { found } = await searched();
  expect(found('"again and again"')).toEqual(['research agent']);
  expect(found('"and again again"')).toEqual([]);
  expect(found('sp*')).toEqual(['billing']);
  expect(found('"cost ro"*')).toEqual(['billing']);
  expect(found('sp')).toEqual([]);
});

test('what a later pass brings is found, and what upstream dropped is not', async () => {
  const { found, backend, pass, add } = await searched();
  add(1, 'billing', [{ failureType: 'RETRY_STORM', severity: 'LOW', stepIndex: 1, title: 'Zebra' }]);
  await pass();
  expect(found('zebra')).toEqual(['billing']);
  const zebra = backend.signals('billing').find(({ title }) => title === 'Zebra');
  backend.deleteSignal(zebra?.id ?? 0);
  await pass({ full: true });
  expect(found('zebra')).toEqual([]);
});

test('no text whatever is an error', async () => {
  const { temp } = await searched();
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.string()), (query) => {
      const terms = parseTerms(query).slice(0, 20);
      expect(countSignals(temp.mirror, { terms })).toBeLessThanOrEqual(2);
    }),
    { numRuns: 300 },
  );
});
