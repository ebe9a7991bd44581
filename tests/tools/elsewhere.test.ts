import { expect, test } from 'vitest';
import { elsewhere, writeTools } from '../../src/tools/elsewhere.ts';
import { tools } from '../../src/tools/registry.ts';

const names = tools.map(({ name }) => name);

test("each write tool of the Python server is answered with where to do what it does, by this server's rules", () => {
  expect(writeTools).toEqual([
    'resolve_issue',
    'trigger_explain',
    'create_policy',
    'toggle_policy',
    'delete_policy',
    'create_custom_detector',
    'activate_custom_detector',
    'pause_custom_detector',
    'delete_custom_detector',
  ]);
  for (const name of writeTools) {
    expect(elsewhere(name)).toMatch(
      new RegExp(`^There is no tool "${name}": this server only reads\\. .*dashboard.*\\.$`),
    );
    expect(names).not.toContain(name);
  }
});

test('what is named instead is there', () => {
  for (const name of [...writeTools, 'list_all_signals', 'list_voice_calls', 'get_call_detail']) {
    const said = elsewhere(name)?.replace(name, '') ?? '';
    expect(said).not.toBe('');
    for (const [named] of said.matchAll(/\b(?:get|list|search)_[a-z_]+/g)) expect(names).toContain(named);
  }
  for (const name of ['list_agent', 'constructor', '__proto__', '']) expect(elsewhere(name)).toBe(undefined);
});
