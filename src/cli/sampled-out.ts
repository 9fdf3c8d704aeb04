/** Why a log was not taken by the rules that match it, in words: by which share or which number a day. */
import type { RuleVerdict } from '../evaluation/prepared-rule.ts';

export function sampledOut(rules: readonly RuleVerdict[]): string {
  return rules
    .filter(({ verdict }) => verdict === 'sampled_out')
    .map(sentence)
    .join('; ');
}

function sentence({ rule, sampling }: RuleVerdict): string {
  if (sampling === null) return `rule ${rule} takes a sample, and the log is not in it`;
  const { place, property, values, sampleRate, day } = sampling;
  const stratum =
    property === null ? '' : ` of ${property} = ${values === null ? 'anything else' : values.join(' or ')}`;
  const at = `the log lies at ${percent(place)}`;
  if (day === null || place >= sampleRate) return `rule ${rule} takes ${percent(sampleRate)}${stratum}; ${at}`;
  const { perDay, taken, matched, date, usedUpAtMs, endsAtMs } = day;
  const number = `rule ${rule} takes ${perDay} a day${stratum}`;
  return usedUpAtMs === null
    ? `${number}, spread over the day: ${taken} of ${matched} logs of ${date} so far; ${at}`
    : `${number}: those of ${date} were used up at ${iso(usedUpAtMs)}; the next day begins at ${iso(endsAtMs)}`;
}

function percent(share: number): string {
  return `${Number((share * 100).toPrecision(3))} %`;
}

function iso(ms: number): string {
  return new Date(ms).toISOString().replace('.000Z', 'Z');
}
