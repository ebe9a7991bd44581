// biome-ignore lint/style/noDefaultExport: the package has one
export default class OpenAI {
  chat = {
    completions: {
      create: async ({ messages }) => ({
        choices: [{ message: { content: `About ${messages[0].content.split('\n')[0]}` } }],
      }),
    },
  };
}
