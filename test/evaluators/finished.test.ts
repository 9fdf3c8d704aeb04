import type { Ending } from '../../src/model/ending.ts';
import { logWith } from './log-with.ts';
import { describeEvaluator } from './shipped.ts';

const natural = ['stop', 'tool_calls', 'function_call', 'completed', 'end_turn', 'stop_sequence', 'tool_use', 'STOP'];
const cut = [
  'length',
  'content_filter',
  'max_tokens',
  'max_output_tokens',
  'MAX_TOKENS',
  'SAFETY',
  'refusal',
  'pause_turn',
  'cancelled',
];
const brokenOff: Ending[] = ['client_aborted', 'upstream_aborted', 'timeout', 'interrupted'];

describeEvaluator('finished', [
  ...natural.map((finishReason) => ({
    name: `is true for ${finishReason}`,
    log: logWith({ finishReason }),
    value: true,
    reason: new RegExp(`^${finishReason}$`),
  })),
  ...cut.map((finishReason) => ({
    name: `is false for ${finishReason}`,
    log: logWith({ finishReason }),
    value: false,
  })),
  ...brokenOff.map((ending) => ({
    name: `is false where it ended as ${ending}, whatever the answer says`,
    log: logWith({ ending, finishReason: 'stop' }),
    value: false,
  })),
  {
    name: 'is false where nothing came',
    log: logWith({ ending: 'timeout', status: null, finishReason: null }),
    value: false,
  },
  { name: 'abstains for errors', log: logWith({ status: 500, finishReason: null }), value: null, reason: /failed/ },
  { name: 'abstains for refused calls', log: logWith({ ending: 'refused', status: null }), value: null },
  { name: 'abstains without a finish reason', log: logWith({ finishReason: null }), value: null, reason: /no finish/ },
]);
