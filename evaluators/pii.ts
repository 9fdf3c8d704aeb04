/**
 * Does personal or secret data pass through: an email address, a phone number, a payment card, an API key?
 *
 * The reason names the kinds and the side, never the values: a score is read by more people than the log is. Failed calls
 * are looked at too, since what was sent was sent. Where there is no text at all, as in a list of models, there is nothing
 * to be found, and a `false` would make the share of clean calls look better than it is.
 */
import { defineEvaluator } from 'gradeway';

export default defineEvaluator({
  returns: 'boolean',
  description: 'An email address, phone number, payment card or API key is in the input or the output.',
  evaluate(log) {
    if (log.requestOmitted && log.responseOmitted) return { value: null, reason: 'Nothing of the call was stored.' };
    const found: string[] = [];
    let anyText = false;
    const look = (side: string, texts: string[]): void => {
      const text = texts.join('\n');
      anyText ||= text.trim() !== '';
      found.push(...kindsIn(text).map((kind) => `${kind} (${side})`));
    };
    // A side that the client asked not to store is not looked at; the other one still is.
    if (!log.requestOmitted)
      look(
        'input',
        log.input.flatMap(({ text, toolCalls = [] }) => [text, ...toolCalls.map((call) => call.arguments)]),
      );
    if (!log.responseOmitted)
      look('output', [
        log.output.text,
        log.output.reasoning ?? '',
        log.output.refusal ?? '',
        ...log.toolCalls.map((call) => call.arguments),
      ]);
    if (!anyText) return { value: null, reason: 'There is no text to look at.' };
    return { value: found.length > 0, reason: found.join(', ') || 'none found' };
  },
});

// All repetitions are bounded, so that a long text costs time in proportion to its length, and not to its square.
const EMAIL = /(?<![\w.+-])(?!git@)[\w.%+-]{1,64}@(?:[a-z\d-]{1,63}\.){1,8}[a-z]{2,24}(?![\w-])/i;
const API_KEYS = [
  /\bsk-[\w-]{20,}/, // OpenAI, Anthropic, OpenRouter
  /\b(?:gsk|hf|xai)[_-][A-Za-z\d]{20,}/, // Groq, Hugging Face, xAI
  /\bAIza[\w-]{35}/, // Google
  /\b(?:AKIA|ASIA)[A-Z\d]{16}\b/, // AWS
  /\b(?:gh[pousr]_[A-Za-z\d]{36}|github_pat_\w{22,}|glpat-[\w-]{20,})/, // GitHub, GitLab
  /\bxox[abeprs]-[A-Za-z\d-]{10,}/, // Slack
  /\b[rs]k_live_[A-Za-z\d]{20,}/, // Stripe
  /-----BEGIN (?:[A-Z]{1,10} ){0,2}PRIVATE KEY-----/,
];
/** International with a plus, or North American in groups; not dates, amounts, versions or ids. */
const PHONES = [
  /(?<![\w+.-])\+[1-9](?:[ .-]?\(?\d{1,4}\)?){2,6}(?!\w|[.-]\d)/g,
  /(?<![\w+./-])(?:1[ .-])?(?:\([2-9]\d{2}\) ?|[2-9]\d{2}[ .-])[2-9]\d{2}[ .-]\d{4}(?!\w|[./-]\d)/g,
];
const CARD_NUMBERS = /(?<![\w.-])\d(?:[ -]?\d){12,18}(?!\w|[.-]\d)/g;
/** Numbers that the card schemes have given out; without this, one in ten of all long numbers would be a card. */
const CARD_SCHEMES =
  /^(?:4\d{12}(?:\d{3}){0,2}|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}|3[47]\d{13}|3(?:0[0-5]|[68]\d)\d{11}|35(?:2[89]|[3-8]\d)\d{12}|6(?:011|5\d\d|4[4-9]\d)\d{12}|62\d{14,17})$/;

function kindsIn(text: string): string[] {
  const kinds: string[] = [];
  if (EMAIL.test(text)) kinds.push('email');
  if (PHONES.some((pattern) => text.match(pattern)?.some(isPhone))) kinds.push('phone');
  if (text.match(CARD_NUMBERS)?.some(isCard)) kinds.push('card');
  if (API_KEYS.some((pattern) => pattern.test(text))) kinds.push('API key');
  return kinds;
}

function isPhone(candidate: string): boolean {
  const digits = candidate.replaceAll(/\D/g, '');
  return digits.length >= 9 && digits.length <= 15; // E.164
}

function isCard(candidate: string): boolean {
  const digits = candidate.replaceAll(/\D/g, '');
  return CARD_SCHEMES.test(digits) && luhn(digits);
}

/** The check digit of payment cards (ISO/IEC 7812-1, annex B). */
function luhn(digits: string): boolean {
  let sum = 0;
  for (let place = 0; place < digits.length; place += 1) {
    const digit = Number(digits.at(-1 - place));
    const doubled = place % 2 === 0 ? digit : digit * 2;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}
