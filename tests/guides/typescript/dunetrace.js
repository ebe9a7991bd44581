/** A stand-in for the npm package `dunetrace`, which prints the events that a call becomes. */

let open = null;
const say = (...words) => process.stdout.write(`${words.join(' ')}\n`);

const run = {
  runId: 'a-run',
  llmCalled: (model) => say('llm.called', model),
  llmResponded: ({ finishReason = 'stop' } = {}) => say('llm.responded', finishReason),
  toolCalled: (name, args) => say('tool.called', name, JSON.stringify(args)),
  toolResponded: (name, success) => say('tool.responded', name, success),
  retrievalCalled: (index) => say('retrieval.called', index),
  retrievalResponded: (index, count) => say('retrieval.responded', index, count),
  externalSignal: (name) => say('external.signal', name),
  finalAnswer: () => say('final answer'),
};

export const getCurrentRun = () => open;
export const autoInstrument = () => {};

export class Dunetrace {
  async run(agentId, { tools = [] }, work) {
    say('run.started', agentId, tools);
    open = run;
    const answer = await work(run);
    open = null;
    say('run.completed');
    return answer;
  }

  tool(work, name) {
    return async (...args) => {
      run.toolCalled(name, args);
      const result = await work(...args);
      run.toolResponded(name, true);
      return result;
    };
  }

  wrapOpenAI(client) {
    return client;
  }

  async shutdown() {
    say('shut down');
  }
}
