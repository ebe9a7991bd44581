import { type Markup, markup } from '../markup.ts';
import { seriesPatterns } from '../series.ts';
import { pictureStyle } from '../style.ts';
import { answerAsks, offerAsks } from './asks.ts';
import { connectHost, type ToolResult } from './host.ts';
import { applyLook, localize } from './look.ts';
import { admitTab, followArrows } from './marks.ts';
import { appStyle } from './style.ts';

/** A page's policy allows no style but such a sheet. */
function adoptStyle(): void {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`${pictureStyle.html}${appStyle}`);
  document.adoptedStyleSheets = [sheet];
}

/** What a result looks like: a picture of its structured content, or else its text. */
function drawn({ structured, text, isError }: ToolResult, draw: (structured: unknown) => Markup | undefined): Markup {
  const picture = isError ? undefined : draw(structured);
  if (picture) return picture;
  const lines = text.split('\n').map((line) => markup`${line}\n`);
  return text === '' ? markup`<p>The answer has nothing to draw.</p>` : markup`<pre>${lines}</pre>`;
}

/** Runs a page: connects to the host, draws what the tool answers, and follows how the host looks. */
export async function startView(draw: (structured: unknown) => Markup | undefined): Promise<void> {
  adoptStyle();
  document.body.insertAdjacentHTML('beforeend', seriesPatterns.html);
  const view = document.body.appendChild(document.createElement('main'));
  const panel = document.body.appendChild(document.createElement('section'));
  panel.className = 'answer';
  panel.setAttribute('aria-live', 'polite');
  let locale: string | undefined;
  let canAsk = false;

  const finish = () => {
    if (locale !== undefined) localize(view, locale);
    if (canAsk) offerAsks(view);
  };
  const show = (content: Markup) => {
    view.innerHTML = content.html;
    admitTab(view);
    finish();
  };
  const say = (words: string) => show(markup`<p class="dim" role="status">${words}</p>`);
  const onResult = (result: ToolResult) => {
    panel.replaceChildren();
    show(drawn(result, draw));
  };

  say('Waiting for the answer.');
  followArrows(document);
  const { callTool, tellHeight } = await connectHost(document.documentElement.dataset.version ?? '', {
    onContext: (context) => {
      applyLook(context);
      locale = context.locale ?? locale;
      finish();
    },
    onInput: () => say('Waiting for the answer.'),
    onResult,
    onCancelled: () => say('The call was cancelled.'),
  });
  if (callTool) {
    canAsk = true;
    answerAsks(panel, callTool, onResult);
    // The answer may have come first.
    finish();
  }
  const { documentElement: root } = document;
  new ResizeObserver(() => tellHeight(Math.ceil(root.getBoundingClientRect().height))).observe(root);
}
