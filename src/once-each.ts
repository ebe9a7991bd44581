/** Makes of each object what `make` makes of it, once: for objects that stay for many answers and never change. */
export function onceEach<Item extends object, Made>(make: (item: Item) => Made): (item: Item) => Made {
  const made = new WeakMap<Item, Made>();
  return (item) => {
    const known = made.get(item);
    if (known !== undefined) return known;
    const value = make(item);
    made.set(item, value);
    return value;
  };
}
