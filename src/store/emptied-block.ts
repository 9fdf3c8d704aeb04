/** A block without the parts of some of its logs, packed anew: slots stay where they are. Storing it is the engine's. */
import { openBlock, packBlock, type SlotParts, slotCount } from './blocks.ts';

/** Bodies alone, after which headers and checksums stay; or everything. */
export type Emptied = 'bodies' | 'everything';

const NOTHING: SlotParts = { extras: new Uint8Array(), request: undefined, response: undefined };

/** Null where nothing is left of any log. */
export function emptiedBlock(bytes: Uint8Array, gone: ReadonlySet<number | null>, what: Emptied): Buffer | null {
  const slots = openBlock(bytes);
  const left = Array.from({ length: slotCount(bytes) }, (_, slot): SlotParts => {
    if (!gone.has(slot)) return slots(slot);
    return what === 'everything' ? NOTHING : { ...slots(slot), request: undefined, response: undefined };
  });
  // A log that is there has extras, if only two empty braces.
  return left.every(({ extras }) => extras.length === 0) ? null : packBlock(left);
}
