import type { Host, ToolResult } from './host.ts';

/** What a click asks for. */
interface Ask {
  tool: string;
  args: Record<string, unknown>;
}

const asking = '[data-signal], [data-run], [data-agent]';

/** The call that shows more of what an element names. */
export function askOf({ signal, run, agent, from }: DOMStringMap): Ask | undefined {
  if (signal !== undefined) return { tool: 'get_signal_detail', args: { signal_id: Number(signal) } };
  if (run !== undefined) {
    const events = from === undefined ? {} : { events_from: Number(from) };
    return { tool: 'get_run_detail', args: { run_id: run, ...events } };
  }
  return agent === undefined ? undefined : { tool: 'summarize_agent', args: { agent_id: agent } };
}

/** Turns what names a signal, a run or an agent into buttons. */
export function offerAsks(root: ParentNode): void {
  for (const element of root.querySelectorAll<HTMLElement>(asking)) {
    element.setAttribute('role', 'button');
    if (!element.classList.contains('mark')) element.tabIndex = 0;
  }
}

/** Where answers are shown: under the picture, with a button that closes it. */
function showAnswer(panel: HTMLElement, title: string, text: string, opener: HTMLElement): void {
  const heading = document.createElement('h2');
  heading.textContent = title;
  const body = document.createElement('pre');
  body.textContent = text;
  const close = document.createElement('button');
  close.textContent = 'Close';
  close.addEventListener('click', () => {
    panel.replaceChildren();
    opener.focus();
  });
  panel.replaceChildren(heading, body, close);
  close.focus();
}

/**
 * Asks the host for what is clicked, or chosen with Enter. Another part of the same picture replaces it (`redraw`); any
 * other answer is shown in `panel` as text.
 */
export function answerAsks(
  panel: HTMLElement,
  callTool: NonNullable<Host['callTool']>,
  redraw: (result: ToolResult) => void,
): void {
  const open = async (element: HTMLElement) => {
    const ask = askOf(element.dataset);
    if (!ask) return;
    element.setAttribute('aria-busy', 'true');
    try {
      const result = await callTool(ask.tool, ask.args);
      if (element.dataset.from === undefined || result.isError) showAnswer(panel, ask.tool, result.text, element);
      else redraw(result);
    } catch (error) {
      showAnswer(panel, ask.tool, error instanceof Error ? error.message : String(error), element);
    } finally {
      element.removeAttribute('aria-busy');
    }
  };
  const chosen = ({ target }: Event) =>
    target instanceof Element ? target.closest<HTMLElement>('[role=button]') : null;
  const choose = (event: Event) => {
    const element = chosen(event);
    if (!element) return;
    event.preventDefault();
    void open(element);
  };
  document.addEventListener('click', choose);
  document.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' || event.key === ' ') choose(event);
  });
}
