/**
 * Rules that come along: what nearly every installation wants out of its logs. They look for what is meant for machines or has
 * a form of its own; names and addresses have none. All repetitions are bounded and begin at a border, so that a long text costs
 * time in proportion to its length, whatever somebody has put into it.
 */

export const READY_MADE_NAMES = ['email', 'phone', 'card', 'key'] as const;
export type ReadyMadeName = (typeof READY_MADE_NAMES)[number];

export interface ReadyMadeRule {
  /** Each must be global. */
  patterns: readonly RegExp[];
  /** A text without any of these has nothing of it. */
  needs: RegExp;
  /** What a match must be besides. */
  accepts?: (match: string) => boolean;
}

/** Numbers that the card schemes have given out; without this, one in ten of all long numbers would be a card. */
const CARD_SCHEMES =
  /^(?:4\d{12}(?:\d{3}){0,2}|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}|3[47]\d{13}|3(?:0[0-5]|[68]\d)\d{11}|35(?:2[89]|[3-8]\d)\d{12}|6(?:011|5\d\d|4[4-9]\d)\d{12}|62\d{14,17})$/;

export const READY_MADE: Record<ReadyMadeName, ReadyMadeRule> = {
  email: {
    needs: /@/,
    patterns: [/(?<![\w.+-])[\w.%+-]{1,64}@(?:[a-z\d-]{1,63}\.){1,8}[a-z]{2,24}/gi],
  },
  // International with a plus, or North American in groups; not dates, amounts, versions or ids.
  phone: {
    needs: /\d{4}|\+\d/,
    patterns: [
      /(?<![\w+.-])\+[1-9](?:[ .-]?\(?\d{1,4}\)?){2,6}(?!\w|[.-]\d)/g,
      /(?<![\w+./-])(?:1[ .-])?(?:\([2-9]\d{2}\) ?|[2-9]\d{2}[ .-])[2-9]\d{2}[ .-]\d{4}(?!\w|[./-]\d)/g,
    ],
    accepts: (match) => {
      const digits = match.replaceAll(/\D/g, '').length;
      return digits >= 8 && digits <= 15;
    },
  },
  card: {
    needs: /\d{3}/,
    patterns: [/(?<![\w.-])\d(?:[ -]?\d){12,18}(?!\w|[.-]\d)/g],
    accepts: isCard,
  },
  key: {
    needs: /sk-|_live_|gsk|hf_|hf-|xai|AIza|AKIA|ASIA|gh[pousr]_|github_pat_|glpat-|xox|gw_|eyJ|PRIVATE KEY/,
    patterns: [
      /\bsk-[\w-]{20,}/g, // OpenAI, Anthropic, OpenRouter
      /\b(?:gsk|hf|xai)[_-][A-Za-z\d]{20,}/g, // Groq, Hugging Face, xAI
      /\bAIza[\w-]{35}/g, // Google
      /\b(?:AKIA|ASIA)[A-Z\d]{16}\b/g, // AWS
      /\b(?:gh[pousr]_[A-Za-z\d]{36}|github_pat_\w{22,}|glpat-[\w-]{20,})/g, // GitHub, GitLab
      /\bxox[abeprs]-[A-Za-z\d-]{10,}/g, // Slack
      /\b[rs]k_live_[A-Za-z\d]{20,}/g, // Stripe
      /\bgw_[0-9A-Za-z]{49}\b/g, // Gradeway
      /(?<![\w-])eyJ[\w-]{8,4000}\.eyJ[\w-]{8,8000}\.[\w-]{16,1000}/g, // tokens of sessions (JWT)
      /-----BEGIN (?:[A-Z]{1,10} ){0,2}PRIVATE KEY-----[\w+/=\s\\-]{0,16000}/g,
    ],
  },
};

/** Of a card scheme, with its check digit (Luhn). */
function isCard(match: string): boolean {
  const digits = match.replaceAll(/\D/g, '');
  if (!CARD_SCHEMES.test(digits)) return false;
  let sum = 0;
  for (let index = 0; index < digits.length; index += 1) {
    const digit = Number(digits.at(-1 - index));
    const doubled = index % 2 === 1 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}
