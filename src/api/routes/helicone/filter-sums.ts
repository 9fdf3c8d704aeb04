/** Conditions on a session's or a user's sums in Helicone's filters: the columns of these tables, and what each is a sum of. */
import { FILTER_LIMITS } from '../../../model/filter.ts';
import type { SumFilter, SumNumber, SumText } from '../../../store/sums.ts';
import {
  NUMBER_OPERATORS,
  type NumberOperator,
  type Subject,
  TEXT_OPERATORS,
  readTime,
  textFilter,
} from './filter-operators.ts';
import { WrongValue, numberOf, operatorOf, textOf } from './filter-values.ts';

type SumColumn = { of: SumText } | { sum: SumNumber; time?: true };

/** Table -> column -> what it holds. */
export const SUM_TABLES: Record<'sessions_request_response_rmt' | 'users_view', Record<string, SumColumn>> = {
  sessions_request_response_rmt: {
    session_session_id: { of: 'key' },
    session_session_name: { of: 'name' },
    session_total_cost: { sum: 'costUsd' },
    session_total_tokens: { sum: 'totalTokens' },
    session_prompt_tokens: { sum: 'plainInputTokens' },
    session_completion_tokens: { sum: 'plainOutputTokens' },
    session_total_requests: { sum: 'logs' },
    session_created_at: { sum: 'firstMs', time: true },
    session_latest_request_created_at: { sum: 'lastMs', time: true },
  },
  users_view: {
    user_user_id: { of: 'key' },
    user_active_for: { sum: 'days' },
    user_first_active: { sum: 'firstMs', time: true },
    user_last_active: { sum: 'lastMs', time: true },
    user_total_requests: { sum: 'logs' },
    user_average_requests_per_day_active: { sum: 'logsPerDay' },
    user_average_tokens_per_request: { sum: 'meanTokens' },
    user_total_completion_tokens: { sum: 'plainOutputTokens' },
    user_total_prompt_tokens: { sum: 'plainInputTokens' },
    user_cost: { sum: 'costUsd' },
  },
};

/** One operator on one column; throws WrongValue for a value or an operator of another class. */
export function sumFilter(column: SumColumn, operator: string, value: unknown): SumFilter {
  if ('of' in column) {
    const text = textOf(value);
    if (text.length > FILTER_LIMITS.text) throw new WrongValue(`send at most ${FILTER_LIMITS.text} characters`);
    // What a text operator says is the same of every subject.
    const subject = { of: column.of } as unknown as Subject;
    return textFilter(subject, operatorOf(TEXT_OPERATORS, operator), text) as unknown as SumFilter;
  }
  const number = column.time ? readTime(value) : numberOf(value);
  if (number === undefined) throw new WrongValue('invalid ISO 8601 datetime format, i.e. YYYY-MM-DDTHH:mm:ss');
  return numberSumFilter(column.sum, operatorOf(NUMBER_OPERATORS, operator), number);
}

function numberSumFilter(sum: SumNumber, operator: NumberOperator, value: number): SumFilter {
  return operator === 'not-equals' ? { not: { sum, equals: value } } : { sum, [operator]: value };
}
