/** What a client sends to create or change a webhook, checked: Helicone's shape, its coercions and its messages. */
import { GatewayError } from '../../../errors.ts';
import { PROPERTY_LIMITS } from '../../../model/property.ts';
import { type PropertyFilter, type Webhook, WEBHOOK_LIMITS } from '../../../model/webhook.ts';
import { refuse } from '../../answers.ts';

export type GivenWebhook = Pick<Webhook, 'destination' | 'samplePercent' | 'propertyFilters' | 'includeData'> & {
  enabled: boolean;
};

const KNOWN = new Set(['destination', 'config', 'includeData', 'enabled']);

/** Throws `validation_failed` for a wrong shape and `invalid_webhook` for wrong values, as Helicone does. */
export function readWebhook(body: unknown): GivenWebhook {
  const problems = new Map<string, { message: string; value?: unknown }>();
  if (!isObject(body)) {
    const message = body === undefined ? "'requestBody' is required" : 'send an object';
    refuse(new Map([['requestBody', { message }]]));
    throw new GatewayError('validation_failed');
  }
  const { destination, config, includeData = true, enabled = true } = body;
  if (typeof destination !== 'string' || destination === '')
    problems.set('requestBody.destination', {
      message: destination === undefined ? "'destination' is required" : 'send a URL as a text',
      value: destination,
    });
  if (!isObject(config))
    problems.set('requestBody.config', {
      message: config === undefined ? "'config' is required; send {} for every log" : 'send an object',
      value: config,
    });
  for (const [name, value] of Object.entries({ includeData, enabled }))
    if (asBoolean(value) === undefined) problems.set(`requestBody.${name}`, { message: 'send true or false', value });
  for (const name of Object.keys(body))
    if (!KNOWN.has(name))
      problems.set(`requestBody.${name.slice(0, 200).toWellFormed()}`, {
        message: 'this is an excess property and therefore is not allowed',
      });
  refuse(problems);
  const { sampleRate, propertyFilters } = config as Record<string, unknown>;
  return {
    destination: (destination as string).toWellFormed(),
    samplePercent: readPercent(sampleRate),
    propertyFilters: readFilters(propertyFilters),
    includeData: asBoolean(includeData)!,
    enabled: asBoolean(enabled)!,
  };
}

function readPercent(given: unknown): number {
  if (given === undefined || given === null) return 100;
  const number = typeof given === 'string' && /^\d+(\.\d+)?$/.test(given) ? Number(given) : given;
  if (typeof number === 'number' && number >= 0 && number <= 100) return number;
  throw invalid('Sample rate must be between 0 and 100');
}

function readFilters(given: unknown): PropertyFilter[] {
  if (given === undefined || given === null) return [];
  if (!Array.isArray(given)) throw invalid('Property filters must be an array');
  if (given.length > WEBHOOK_LIMITS.propertyFilters)
    throw invalid(`Property filters must be at most ${WEBHOOK_LIMITS.propertyFilters}`);
  return given.map((one: unknown) => {
    if (!isObject(one) || typeof one.key !== 'string' || typeof one.value !== 'string' || one.key === '')
      throw invalid('Property filters must be an array of objects with key and value properties');
    // Longer ones are cut on logs, so that these would never be equal.
    if (one.key.length > PROPERTY_LIMITS.name || one.value.length > PROPERTY_LIMITS.value)
      throw invalid(
        `Property filters have keys of up to ${PROPERTY_LIMITS.name} and values of up to ${PROPERTY_LIMITS.value} characters`,
      );
    return { key: one.key.toWellFormed(), value: one.value.toWellFormed() };
  });
}

function asBoolean(value: unknown): boolean | undefined {
  if (typeof value === 'boolean') return value;
  return value === 'true' ? true : value === 'false' ? false : undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function invalid(message: string): GatewayError {
  return new GatewayError('invalid_webhook', { message });
}
