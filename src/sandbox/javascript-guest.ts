/**
 * JavaScript of somebody else, in QuickJS compiled to WebAssembly: no files, no network, no process, a memory that
 * cannot grow past its bound. Every call has a fresh global object. It interrupts code at its deadline where QuickJS
 * looks; where it does not (inside a builtin that works for long), whoever watches the process must end it.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import baseVariant from '@jitl/quickjs-wasmfile-release-sync';
import {
  newQuickJSWASMModuleFromVariant,
  newVariant,
  type QuickJSContext,
  type QuickJSHandle,
  type QuickJSRuntime,
  type QuickJSSyncVariant,
  type QuickJSWASMModule,
} from 'quickjs-emscripten-core';
import { PAGES_PER_MB } from './bound-memory.ts';
import { type GuestAnswer, type GuestEnd, MESSAGE_CHARACTERS, Printed, RESULT_CHARACTERS } from './guest.ts';
import { JAVASCRIPT_FILE as FILE, JAVASCRIPT_PRELUDE as PRELUDE } from './javascript-prelude.ts';
import { type WasmModule, wasm } from './web-assembly.ts';

const JAVASCRIPT_WASM = createRequire(import.meta.url).resolve('@jitl/quickjs-wasmfile-release-sync/wasm');

/** What QuickJS needs before it has run anything. */
const FIRST_PAGES = 256;
/** What the module was built for: 2 GB. */
const MOST_PAGES = 32_768;
/** More, and deeply nested JSON overflows the stack of the host before QuickJS notices. */
const STACK_BYTES = 96 * 1024;
/** Callbacks of promises run between two looks at the clock. */
const JOBS_AT_ONCE = 100;

/** The first statement of what is only to be read. */
const THROWS = 'throw 0;';

let compiled: WasmModule | undefined;

/** Keeps a compiled module at hand, which takes some milliseconds. */
function compileJavascript(): WasmModule {
  compiled ??= new wasm.Module(readFileSync(JAVASCRIPT_WASM));
  return compiled;
}

export class JavascriptGuest {
  readonly #module: QuickJSWASMModule;
  readonly #source: string;
  readonly #memoryMb: number;
  /** False after anything abnormal: what is inside may be in any state, so that a fresh one has to take over. */
  intact = true;

  private constructor(module: QuickJSWASMModule, source: string, memoryMb: number) {
    this.#module = module;
    this.#source = source;
    this.#memoryMb = memoryMb;
  }

  static async start(source: string, memoryMb: number): Promise<JavascriptGuest> {
    const maximum = Math.min(MOST_PAGES, Math.max(FIRST_PAGES, memoryMb * PAGES_PER_MB));
    const memory = new wasm.Memory({ initial: FIRST_PAGES, maximum });
    // The package is an ES module at run time, and its types say that it is none.
    const variant = newVariant(baseVariant as unknown as QuickJSSyncVariant, {
      wasmModule: compileJavascript(),
      wasmMemory: memory,
    });
    return new JavascriptGuest(await newQuickJSWASMModuleFromVariant(variant), source, memoryMb);
  }

  /** Never throws; `call` is a `GuestCall` as JSON. */
  run(call: string, deadlineMs: number): GuestAnswer {
    return this.#within(deadlineMs, (evaluation) => evaluation.run(this.#source, call));
  }

  /** Reads the source and does not run it. Never throws. */
  check(deadlineMs: number): GuestEnd {
    return this.#within(deadlineMs, (evaluation) => evaluation.check(this.#source)).result;
  }

  #within(deadlineMs: number, work: (evaluation: Evaluation) => GuestEnd): GuestAnswer {
    const printed = new Printed();
    const beganAtMs = performance.now();
    const overdue = (): boolean => performance.now() - beganAtMs > deadlineMs;
    let result: GuestEnd;
    try {
      result = this.#evaluate(work, printed, overdue);
    } catch (error) {
      // QuickJS itself broke down: out of memory, or the host's stack.
      this.intact = false;
      result = failed('memory', `It ran out of memory (${this.#memoryMb} MB) or stack. ${String(error).slice(0, 200)}`);
    }
    if (overdue()) {
      this.intact = false;
      result = failed('timeout', `It ran longer than ${deadlineMs} ms and was stopped.`);
    } else if (result.end === 'failed' && /\bout of memory\b/.test(result.message)) {
      this.intact = false;
      result = failed('memory', `It used more than ${this.#memoryMb} MB of memory.`);
    }
    return { result, printed: printed.text, durationMs: performance.now() - beganAtMs };
  }

  #evaluate(work: (evaluation: Evaluation) => GuestEnd, printed: Printed, overdue: () => boolean): GuestEnd {
    const runtime = this.#module.newRuntime();
    runtime.setMaxStackSize(STACK_BYTES);
    runtime.setInterruptHandler(overdue);
    const context = runtime.newContext();
    const result = work(new Evaluation(runtime, context, printed, overdue));
    // To take down what was interrupted in its midst may abort; the whole instance is given up then.
    if (!overdue() && (result.end === 'returned' || result.why === 'threw' || result.why === 'invalid')) {
      context.dispose();
      runtime.dispose();
    } else this.intact = false;
    return result;
  }
}

/** One evaluation in a context of its own. */
class Evaluation {
  readonly #runtime: QuickJSRuntime;
  readonly #context: QuickJSContext;
  readonly #overdue: () => boolean;
  readonly #harness: QuickJSHandle;
  readonly #held: QuickJSHandle[] = [];

  constructor(runtime: QuickJSRuntime, context: QuickJSContext, printed: Printed, overdue: () => boolean) {
    this.#runtime = runtime;
    this.#context = context;
    this.#overdue = overdue;
    const print = this.#hold(context.newFunction('print', (text) => printed.add(context.getString(text))));
    const prelude = this.#hold(context.unwrapResult(context.evalCode(PRELUDE, 'prelude.js')));
    this.#harness = this.#hold(context.unwrapResult(context.callFunction(prelude, context.undefined, print)));
  }

  run(source: string, call: string): GuestEnd {
    const result = this.#evaluate(source, call);
    this.#release();
    return result;
  }

  /** A module is read to its end before its first statement runs, which is to throw; no other error is of running it. */
  check(source: string): GuestEnd {
    const read = this.#context.evalCode(THROWS + source, FILE, { type: 'module', strict: true });
    let result: GuestEnd = { end: 'returned', json: undefined };
    if (!read.error) this.#hold(read.value);
    else if (this.#context.typeof(read.error) === 'number') this.#hold(read.error);
    else result = this.#threw(read.error, 'not_loaded', (column) => column - THROWS.length);
    this.#release();
    return result;
  }

  #release(): void {
    for (const handle of this.#held) handle.dispose();
  }

  #evaluate(source: string, call: string): GuestEnd {
    const context = this.#context;
    const loaded = context.evalCode(source, FILE, { type: 'module', strict: true });
    if (loaded.error) return this.#threw(loaded.error, 'not_loaded');
    const module = this.#settled(this.#hold(loaded.value));
    if ('end' in module) return module;
    const evaluate = this.#hold(context.getProp(module.value, 'default'));
    if (context.typeof(evaluate) !== 'function')
      return failed('not_loaded', 'It has no default export that is a function. Write: export default (log) => ...');
    const returned = this.#call('call', evaluate, this.#text(call));
    if ('end' in returned) return returned;
    const settled = this.#settled(returned.value);
    if ('end' in settled) return settled;
    const written = this.#call('write', settled.value);
    if ('end' in written) return written;
    const text = context.getString(written.value);
    if (text.length > RESULT_CHARACTERS)
      return failed('invalid', `The result is larger than ${RESULT_CHARACTERS} characters.`);
    if (text.startsWith('!')) return failed('invalid', `The result cannot be written as JSON: ${text.slice(1, 200)}.`);
    return { end: 'returned', json: text === '' ? undefined : text.slice(1) };
  }

  /** What a promise comes to; a value that is none is itself. */
  #settled(handle: QuickJSHandle): { value: QuickJSHandle } | GuestEnd {
    const context = this.#context;
    for (;;) {
      const state = context.getPromiseState(handle);
      if (state.type === 'fulfilled') return { value: state.notAPromise ? handle : this.#hold(state.value) };
      if (state.type === 'rejected') return this.#threw(state.error, 'threw');
      const ran = this.#runtime.executePendingJobs(JOBS_AT_ONCE);
      if (ran.error) return this.#threw(ran.error, 'threw');
      if (this.#overdue()) return failed('timeout', 'It ran over its deadline.');
      if (ran.value === 0 && context.getPromiseState(handle).type === 'pending')
        return failed('threw', 'It waits for something that never comes: there are no timers and no network here.');
    }
  }

  #call(name: string, ...given: QuickJSHandle[]): { value: QuickJSHandle } | GuestEnd {
    const one = this.#hold(this.#context.getProp(this.#harness, name));
    const result = this.#context.callFunction(one, this.#context.undefined, ...given);
    return result.error ? this.#threw(result.error, 'threw') : { value: this.#hold(result.value) };
  }

  /** `inFirstLine`: where a column of the first line is in what its author wrote. */
  #threw(
    error: QuickJSHandle,
    why: 'threw' | 'not_loaded',
    inFirstLine: (column: number) => number = (column) => column,
  ): GuestEnd {
    this.#hold(error);
    const describe = this.#hold(this.#context.getProp(this.#harness, 'describe'));
    const told = this.#context.callFunction(describe, this.#context.undefined, error);
    const text = this.#hold(told.error ?? told.value);
    if (told.error) return failed(why, 'It threw something that cannot be shown.');
    const message = this.#context
      .getString(text)
      .replace(/\(line 1, column (\d+)\)$/, (_, column) => `(line 1, column ${inFirstLine(Number(column))})`);
    return failed(why, message);
  }

  #text(text: string): QuickJSHandle {
    return this.#hold(this.#context.newString(text));
  }

  #hold(handle: QuickJSHandle): QuickJSHandle {
    this.#held.push(handle);
    return handle;
  }
}

function failed(why: Extract<GuestEnd, { end: 'failed' }>['why'], message: string): GuestEnd {
  return { end: 'failed', why, message: message.slice(0, MESSAGE_CHARACTERS) };
}
