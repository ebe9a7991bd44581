/** What `make` makes, made by the first call: what takes long, and no start should wait for. */
export function late<Made>(make: () => Made): () => Made {
  let made: { value: Made } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
