import { expect, test } from 'vitest';
import { schemaOf } from '../../src/queries/schema.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { schemaPage } from '../support/schema-page.ts';
import { createTempMirror } from '../support/temp-mirror.ts';

test('docs/schema.md shows what a fresh mirror has (`npm run docs` writes it)', async () => {
  const page = schemaPage(schemaOf(createTempMirror(createFakeClock(1_780_000_000)).mirror));
  await expect(page).toMatchFileSnapshot('../../docs/schema.md');
});
