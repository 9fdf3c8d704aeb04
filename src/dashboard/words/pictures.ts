/** Pictures that stand in a body themselves; those that are elsewhere are not fetched. */

const MOST = 20;

export function picturesIn(body: unknown): string[] {
  const found = new Set<string>();
  const look = (value: unknown): void => {
    if (found.size >= MOST) return;
    if (typeof value === 'string') {
      if (/^data:image\/(png|jpeg|gif|webp);base64,/.test(value)) found.add(value);
    } else if (Array.isArray(value)) value.forEach(look);
    else if (typeof value === 'object' && value !== null) {
      const { type, media_type: kind, data } = value as Record<string, unknown>;
      // Anthropic's form.
      if (type === 'base64' && typeof kind === 'string' && typeof data === 'string')
        look(`data:${kind};base64,${data}`);
      else Object.values(value).forEach(look);
    }
  };
  look(body);
  return [...found];
}
