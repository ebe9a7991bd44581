/** What a text costs a model, by the rule of thumb that holds for English and for JSON: four characters a token. */
export const tokensOf = (text: string): number => Math.ceil(text.length / 4);
