/**
 * Runs inside of a JavaScript guest, before the evaluator, so that what it uses is what the language brought along. It only
 * shapes the guest's own answer: an evaluator that breaks it harms nobody else.
 */
import { NOT_STORED } from './guest.ts';

export const JAVASCRIPT_FILE = 'evaluator.js';

export const JAVASCRIPT_PRELUDE = `((print) => {
  const { parse, stringify } = JSON;
  const { isFinite } = Number;
  const { apply } = Reflect;
  const { keys, defineProperty: define } = Object;
  const text = String;
  const slice = String.prototype.slice;
  const show = (value) => {
    if (typeof value === 'string') return value;
    try { return (typeof value === 'object' && !(value instanceof Error) && stringify(value)) || text(value); }
    catch { return 'something that cannot be shown'; }
  };
  const log = (...values) => {
    let line = '';
    for (let i = 0; i < values.length; i += 1) line += (i === 0 ? '' : ' ') + apply(slice, show(values[i]), [0, 65536]);
    print(apply(slice, line, [0, 65536]) + '\\n');
  };
  globalThis.console = { log, info: log, warn: log, error: log, debug: log };
  const plain = (key, value) => {
    const type = typeof value;
    if (type === 'number' && !isFinite(value)) throw text(value);
    if (type === 'bigint' || type === 'function' || type === 'symbol') throw 'a ' + type;
    return value;
  };
  return {
    call: (evaluate, text) => {
      const { log, datapoint, hidden } = parse(text);
      for (const side of keys(hidden)) for (const key of hidden[side])
        define(log, key, { enumerable: true, get() {
          throw new Error('The client asked that the ' + side + ' ${NOT_STORED} log.' + key + '.');
        } });
      return evaluate(log, datapoint === null ? undefined : datapoint);
    },
    write: (value) => {
      if (value === undefined) return '';
      try { return '=' + stringify(value, plain); }
      catch (error) { return '!' + (typeof error === 'string' ? error : show(error)); }
    },
    describe: (error) => {
      let where = '';
      try {
        const place = /${JAVASCRIPT_FILE}:(\\d+)(?::(\\d+))?/.exec(error.stack);
        const column = error instanceof SyntaxError && place && place[2] ? ', column ' + place[2] : '';
        if (place) where = ' (line ' + place[1] + column + ')';
      } catch {}
      try { return (error instanceof Error ? error.name + ': ' + error.message : 'Thrown: ' + show(error)) + where; }
      catch { return 'something that cannot be shown'; }
    },
  };
})`;
