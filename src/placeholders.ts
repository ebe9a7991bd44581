/** Tells `<number>` and `<API_KEY>`, which stand for something, from the tags of HTML and of models. */

/** Names of elements, also of old ones. One that lacks here is shown, and does no more than that. */
const elements = new Set(
  [
    'a abbr acronym address applet area article aside audio b base basefont bdi bdo bgsound big blink blockquote body br',
    'button canvas caption center cite code col colgroup data datalist dd del details dfn dialog dir div dl dt em embed',
    'fieldset figcaption figure font footer form frame frameset h1 h2 h3 h4 h5 h6 head header hgroup hr html i iframe image',
    'img input ins isindex kbd keygen label legend li link listing main map mark marquee math menu menuitem meta meter nav',
    'nobr noembed noframes noscript object ol optgroup option output p param picture plaintext portal pre progress q rb rp',
    'rt rtc ruby s samp script search section select slot small source span strike strong style sub summary sup svg table',
    'tbody td template textarea tfoot th thead time title tr track tt u ul var video wbr xmp',
  ].flatMap((line) => line.split(' ')),
);

/** What models take for the start of a turn, a call, a result or a thought. */
const control =
  /^(?:(?:system|assistant|user|human|ai|developer|model|bot|agent)(?:_?(?:prompt|message|turn|instructions?|reminder))?|(?:tool|function|think|instruct|invoke|param|im_|start_|end_|begin_).*|prompts?|messages?|results?|context|inst|sys|[be]os|answer|reasoning|scratchpad)$/i;

/** Whether `name` in `<name>` is a word that stands for something: it acts nowhere, and so may be shown. */
export const isPlaceholder = (name: string): boolean =>
  /^[a-z]\w*$/i.test(name) && !elements.has(name.toLowerCase()) && !control.test(name);
