/**
 * Texts of a filter against stored ones. A stored text has no lone surrogates (and on some engines no U+0000), and bound to a
 * statement a text with them would become another one: what compares with them is decided here instead.
 */
import type { Dialect } from './dialect.ts';

/** Whether a text can be stored as it is: no other is equal to a stored one. */
export function isStorable(text: string, { holdsNul }: Pick<Dialect, 'holdsNul'>): boolean {
  return text.isWellFormed() && (holdsNul || !text.includes('\0'));
}

/**
 * A bound that divides stored texts as the given one does, and whether a text equal to it is above it. Behind a lone surrogate
 * nothing can differ: stored texts go on with less, or with U+E000 and above. The same of U+0000, with U+0001.
 */
export function storableBound(
  text: string,
  { holdsNul }: Pick<Dialect, 'holdsNul'>,
): { text: string; isAbove: boolean } {
  let kept = '';
  for (const character of text) {
    if (!character.isWellFormed()) return { text: `${kept}\u{e000}`, isAbove: true };
    // A text that ends here is below the bound, and there is none that goes on with U+0000.
    if (character === '\0' && !holdsNul) return { text: `${kept}\u0001`, isAbove: true };
    kept += character;
  }
  return { text, isAbove: false };
}
