/** Gives the memory that a WebAssembly module declares for itself a bound that it cannot grow past. */

const MEMORY_SECTION = 5;
const HEADER_BYTES = 8;
export const PAGES_PER_MB = 16;

/** The module with another memory section; throws where it declares no memory of its own. */
export function boundMemory(module: Uint8Array, maximumMb: number): Uint8Array<ArrayBuffer> {
  for (let at = HEADER_BYTES; at < module.length;) {
    const section = module[at]!;
    const size = readNumber(module, at + 1);
    const end = size.after + size.value;
    if (section === MEMORY_SECTION) {
      const initial = readNumber(module, size.after + 2);
      const maximum = Math.max(initial.value, maximumMb * PAGES_PER_MB);
      const content = [1, 1, ...numberBytes(initial.value), ...numberBytes(maximum)];
      const bounded = [MEMORY_SECTION, ...numberBytes(content.length), ...content];
      return new Uint8Array(Buffer.concat([module.subarray(0, at), Uint8Array.from(bounded), module.subarray(end)]));
    }
    at = end;
  }
  throw new Error('The module has no memory.');
}

/** LEB128: seven bits a byte, the lowest first. */
function readNumber(bytes: Uint8Array, from: number): { value: number; after: number } {
  let value = 0;
  for (let at = from, shift = 0; ; at += 1, shift += 7) {
    value += (bytes[at]! & 127) * 2 ** shift;
    if (bytes[at]! < 128) return { value, after: at + 1 };
  }
}

function numberBytes(value: number): number[] {
  const bytes: number[] = [];
  for (let left = value; ; left = Math.floor(left / 128)) {
    if (left < 128) return [...bytes, left];
    bytes.push((left % 128) + 128);
  }
}
