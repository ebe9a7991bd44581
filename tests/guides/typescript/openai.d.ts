/** As much of the package `openai` as guides touch. */
interface Reply {
  choices: { message: { content: string | null } }[];
}

// biome-ignore lint/style/noDefaultExport: the package has one
export default class OpenAI {
  chat: {
    completions: {
      create(options: { model: string; messages: { role: 'user'; content: string }[] }): Promise<Reply>;
    };
  };
}
