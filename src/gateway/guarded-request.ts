/** Finds the guardrails that concern a call, and holds its request back until they have looked. What follows from their answers is guard.ts's. */
import type { Call } from './call.ts';
import { type CallHead, type Guard, guardOf } from './guard.ts';
import { collectSome } from './request-body.ts';

/** Our own calls are made for evaluators: none of them is judged by one. */
export function findGuard(call: Call): Guard | undefined {
  const all = call.core.options.guardrails?.list();
  return all === undefined || all.length === 0 || call.isOurs ? undefined : guardOf(all, headOf(call));
}

/** Whether a guardrail has to look at the call's request first. */
export function isRequestGuarded({ guard }: Call): boolean {
  return guard !== undefined && guard.left('request').length > 0;
}

/**
 * Collects a request's body, `length` bytes or -1 where that is unknown, as far as guardrails look: `whole` gets it, or `begun`
 * what has come of one that is larger and goes on, where none of them refuses it.
 */
export function collectGuarded(
  call: Call,
  length: number,
  { whole, begun }: { whole: (body: Buffer) => void; begun: (start: Buffer | undefined) => void },
): void {
  const { guardrailBytes } = call.core.options.limits;
  const tooLarge = (start: Buffer | undefined): void => {
    if (call.over) return;
    const refusal = call.guard!.passUnseen('request', guardrailBytes);
    if (refusal === undefined) begun(start);
    else call.refuse(refusal.code, refusal.message, 'refused', true);
  };
  if (length > guardrailBytes) tooLarge(undefined);
  else
    collectSome(call.incoming, guardrailBytes, (body, isWhole) => {
      if (call.over) return;
      if (isWhole) whole(body);
      else tooLarge(body);
    });
}

/** Has guardrails look at a request with this body; `proceed` where none stops it. */
export function guardRequest(call: Call, body: Buffer, proceed: () => void): void {
  const { guard, core } = call;
  if (guard === undefined || !isRequestGuarded(call)) {
    proceed();
    return;
  }
  // Noted now: whatever becomes of the call while they look, its log has the body.
  call.request.keep(body);
  const { guardrailBytes } = core.options.limits;
  if (body.length > guardrailBytes) {
    const refusal = guard.passUnseen('request', guardrailBytes);
    if (refusal === undefined) proceed();
    else call.refuse(refusal.code, refusal.message);
    return;
  }
  const seen = { parts: [body], kept: body.length, size: body.length, truncated: false, sha256: undefined };
  void core.options.guardrails!.look(guard.left('request'), call.soFar({ request: seen })).then((found) => {
    if (call.over) return;
    const refusal = guard.settle('request', found);
    if (refusal === undefined) proceed();
    else call.refuse(refusal.code, refusal.message);
  });
}

/** What filters of guardrails are held against while there is no body to read. */
function headOf({ id, principal, reading: { directives }, destination, incoming, startedAtMs }: Call): CallHead {
  const { target, path } = destination!;
  const { requestId, properties, userId, sessionId, sessionName, sessionPath, modelOverride } = directives;
  const given: Record<string, string | undefined> = {
    userId,
    sessionId,
    sessionName,
    sessionPath,
    model: modelOverride,
  };
  const fields = {
    ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
    id,
    requestId,
    upstream: target.name,
    provider: target.provider,
    target: target.url,
    method: incoming.method!,
    path,
    startedAtMs,
  };
  return { projectId: principal.projectId, properties, fields };
}
