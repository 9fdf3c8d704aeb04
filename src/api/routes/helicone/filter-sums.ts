/** Conditions on a session's or a user's sums in Helicone's filters, decided on the rows that were summed up. */
import { type NumberOperator, type TextOperator, holdsNumber, holdsText } from './filter-operators.ts';

type SumKind = 'text' | 'number' | 'time';

export type SumCondition =
  | { kind: 'text'; name: string; operator: TextOperator; value: string }
  | { kind: 'number'; name: string; operator: NumberOperator; value: number };

/** Table -> column -> what it holds. */
export const SUM_TABLES: Record<'sessions_request_response_rmt' | 'users_view', Record<string, SumKind>> = {
  sessions_request_response_rmt: {
    session_session_id: 'text',
    session_session_name: 'text',
    session_tag: 'text',
    session_total_cost: 'number',
    session_total_tokens: 'number',
    session_prompt_tokens: 'number',
    session_completion_tokens: 'number',
    session_total_requests: 'number',
    session_created_at: 'time',
    session_latest_request_created_at: 'time',
  },
  users_view: {
    user_user_id: 'text',
    user_active_for: 'number',
    user_first_active: 'time',
    user_last_active: 'time',
    user_total_requests: 'number',
    user_average_requests_per_day_active: 'number',
    user_average_tokens_per_request: 'number',
    user_total_completion_tokens: 'number',
    user_total_prompt_tokens: 'number',
    user_cost: 'number',
  },
};

/** The row's columns are named as in the answer: without the `session_` or `user_` in front. Times are texts of ISO 8601 in it. */
export function holdsSum(condition: SumCondition, row: Readonly<Record<string, unknown>>): boolean {
  const given = row[condition.name.replace(/^(session|user)_/, '')];
  if (condition.kind === 'text')
    return holdsText(typeof given === 'string' ? given : null, condition.operator, condition.value);
  const number = typeof given === 'string' ? Date.parse(given) : Number(given ?? 0);
  return holdsNumber(number, condition.operator, condition.value);
}
