import { expect, test } from 'vitest';
import { markup } from '../../src/pictures/markup.ts';

test('values are escaped, in text and in attributes, and cleaned of control characters', () => {
  const evil = `"><script>alert('1')</script>&\u0007\u202e`;
  expect(markup`<p title="${evil}">${evil}</p>`.html).toMatchInlineSnapshot(
    `"<p title="&quot;&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&amp;">&quot;&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&amp;</p>"`,
  );
});

test('markup is put in as it is, and numbers are written out', () => {
  const rows = [1, 2].map((n) => markup`<li>${n}</li>`);
  expect(markup`<ul>${rows}</ul>${markup`<hr>`}`.html).toBe('<ul><li>1</li><li>2</li></ul><hr>');
});
