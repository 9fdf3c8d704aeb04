/**
 * All that a WASI guest can reach: a clock, random bytes, two streams to write to and one to read from. There are no
 * files, folders, sockets or environment; every other call answers that there is no such thing.
 */
import { randomFillSync } from 'node:crypto';
import { type WasmImports, type WasmMemory, type WasmModule, wasm } from './web-assembly.ts';

const SUCCESS = 0;
const BAD_DESCRIPTOR = 8;
const NOT_THERE = 52;
const CHARACTER_DEVICE = 2;
const ALL_RIGHTS = 0xffff_ffffn;
/** Random bytes are made in pieces, so that one call cannot hold the host up. */
const MOST_RANDOM = 65_536;

export interface WasiStreams {
  arguments: string[];
  /** Fills the bytes and says how many there are; 0 is the end. */
  read(into: Uint8Array): number;
  /** Descriptors 1 and 2. Those from 3 on are the files that the module brings along inside itself. */
  write(descriptor: 1 | 2, bytes: Uint8Array): void;
}

/** The guest ended itself. */
export class Exited extends Error {}

/** Imports for an instance; `memory` is asked for once it exists. */
export function wasiImports(module: WasmModule, streams: WasiStreams, memory: () => WasmMemory): WasmImports {
  const view = (): DataView => new DataView(memory().buffer);
  /** A piece of the guest's memory; throws where the guest names one that it has not. */
  const bytes = (at: number, length: number): Uint8Array => new Uint8Array(memory().buffer, at >>> 0, length >>> 0);
  const args = streams.arguments.map((one) => Buffer.from(`${one}\0`));

  /** Walks the list of buffers that reads and writes come with, until one is left unfilled. */
  const each = (list: number, count: number, done: number, work: (buffer: Uint8Array) => number): number => {
    let total = 0;
    for (let index = 0; index < count; index += 1) {
      const at = list + index * 8;
      const buffer = bytes(view().getUint32(at, true), view().getUint32(at + 4, true));
      const moved = work(buffer);
      total += moved;
      if (moved < buffer.length) break;
    }
    view().setUint32(done, total, true);
    return SUCCESS;
  };

  const known: Record<string, (...given: never[]) => unknown> = {
    args_sizes_get(count: number, size: number) {
      view().setUint32(count, args.length, true);
      view().setUint32(size, Buffer.concat(args).length, true);
      return SUCCESS;
    },
    args_get(list: number, texts: number) {
      let at = texts;
      for (const [index, one] of args.entries()) {
        view().setUint32(list + index * 4, at, true);
        bytes(at, one.length).set(one);
        at += one.length;
      }
      return SUCCESS;
    },
    environ_sizes_get(count: number, size: number) {
      view().setUint32(count, 0, true);
      view().setUint32(size, 0, true);
      return SUCCESS;
    },
    environ_get: () => SUCCESS,
    clock_res_get(_clock: number, result: number) {
      view().setBigUint64(result, 1000n, true);
      return SUCCESS;
    },
    clock_time_get(clock: number, _precision: bigint, result: number) {
      const now = clock === 0 ? BigInt(Math.round(Date.now() * 1e6)) : process.hrtime.bigint();
      view().setBigUint64(result, now, true);
      return SUCCESS;
    },
    random_get(at: number, length: number) {
      const buffer = bytes(at, length);
      for (let from = 0; from < buffer.length; from += MOST_RANDOM)
        randomFillSync(buffer.subarray(from, from + MOST_RANDOM));
      return SUCCESS;
    },
    sched_yield: () => SUCCESS,
    proc_exit(code: number) {
      throw new Exited(`It ended its interpreter with code ${code}.`);
    },
    fd_fdstat_get(descriptor: number, result: number) {
      if (descriptor > 2) return BAD_DESCRIPTOR;
      bytes(result, 24).fill(0);
      view().setUint8(result, CHARACTER_DEVICE);
      view().setBigUint64(result + 8, ALL_RIGHTS, true);
      return SUCCESS;
    },
    fd_filestat_get(descriptor: number, result: number) {
      if (descriptor > 2) return BAD_DESCRIPTOR;
      bytes(result, 64).fill(0);
      view().setUint8(result + 16, CHARACTER_DEVICE);
      return SUCCESS;
    },
    fd_read(descriptor: number, list: number, count: number, done: number) {
      return descriptor === 0 ? each(list, count, done, (into) => streams.read(into)) : BAD_DESCRIPTOR;
    },
    fd_write(descriptor: number, list: number, count: number, done: number) {
      if (descriptor !== 1 && descriptor !== 2) return BAD_DESCRIPTOR;
      return each(list, count, done, (buffer) => {
        streams.write(descriptor, buffer);
        return buffer.length;
      });
    },
  };

  const imports: Record<string, (...given: never[]) => unknown> = {};
  for (const { name } of wasm.Module.imports(module))
    imports[name] = known[name] ?? (() => (name.startsWith('fd_') ? BAD_DESCRIPTOR : NOT_THERE));
  return { wasi_snapshot_preview1: imports };
}
