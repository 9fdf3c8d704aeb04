import { expect, it } from 'vitest';
import { code, outcomes } from './code-evaluators.ts';

it('runs', async () => {
  const t = performance.now();
  console.log(
    await outcomes(
      code('javascript', 'export default (log) => { console.log("x"); return log.output.text === "Paris."; }'),
    ),
    performance.now() - t,
  );
  console.log(
    await outcomes(code('python', 'def a(log):\n  print("x")\n  return log["output"] == "Paris."')),
    performance.now() - t,
  );
  console.log(
    await outcomes(code('python', 'def a(log):\n  while 1: pass', { deadlineMs: 200 })),
    performance.now() - t,
  );
  expect(1).toBe(1);
});
